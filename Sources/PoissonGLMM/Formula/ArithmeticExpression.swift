import Foundation

/// Arithmetic on columns, as in `log(days)` or `I(x^2 / 100)`.
struct ArithmeticExpression: Sendable, Hashable {
  /// One step of the evaluation on a stack of numbers.
  enum Step: Sendable, Hashable {
    /// Pushes the value of `columns[index]`.
    case column(Int)
    case constant(Double)
    case negate
    case add, subtract, multiply, divide, power
    case logarithm, exponential, squareRoot
  }

  /// The expression with R's spacing, for example `log(x + 1)`.
  private(set) var text: String
  /// The columns in it, in order of appearance.
  private(set) var columns: [String] = []
  /// The steps in postfix order: evaluation needs no recursion, however long the expression.
  private var steps: [Step] = []

  /// A column by itself.
  init(column: String) {
    let isPlain =
      column.allSatisfy(FormulaToken.isNameCharacter) && column.first?.isNumber == false
    text = isPlain ? column : "`\(column)`"
    columns = [column]
    steps = [.column(0)]
  }

  /// A number, as it was written.
  init(constant: Double, text: String) {
    self.text = text
    steps = [.constant(constant)]
  }

  /// Makes this `self OPERATOR other`.
  mutating func combine(_ symbol: String, _ step: Step, with other: ArithmeticExpression) {
    text += symbol + other.text
    for operation in other.steps {
      guard case .column(let index) = operation else {
        steps.append(operation)
        continue
      }
      let name = other.columns[index]
      if let known = columns.firstIndex(of: name) {
        steps.append(.column(known))
      } else {
        steps.append(.column(columns.count))
        columns.append(name)
      }
    }
    steps.append(step)
  }

  /// Makes this `PREFIX self SUFFIX`, followed by `step` if there is one.
  mutating func wrap(_ prefix: String, _ suffix: String, _ step: Step?) {
    text = prefix + text + suffix
    if let step { steps.append(step) }
  }

  /// The value for each row.
  /// - Parameter values: for each of `columns`, n numbers.
  func evaluate(_ values: [[Double]], rows: Int) -> [Double] {
    var stack = [Double](repeating: 0, count: steps.count)
    return (0..<rows).map { row in
      var top = -1
      for step in steps {
        switch step {
        case .column(let index):
          top += 1
          stack[top] = values[index][row]
        case .constant(let number):
          top += 1
          stack[top] = number
        case .negate: stack[top] = -stack[top]
        case .logarithm: stack[top] = log(stack[top])
        case .exponential: stack[top] = exp(stack[top])
        case .squareRoot: stack[top] = stack[top].squareRoot()
        case .add, .subtract, .multiply, .divide, .power:
          stack[top - 1] = Self.apply(step, stack[top - 1], stack[top])
          top -= 1
        }
      }
      return stack[0]
    }
  }

  private static func apply(_ step: Step, _ a: Double, _ b: Double) -> Double {
    switch step {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    default: pow(a, b)
    }
  }
}
