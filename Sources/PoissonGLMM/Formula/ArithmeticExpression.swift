/// Arithmetic on columns, as in `log(days)`, `I(x^2 / 100)` or `I(x > 2)`.
struct ArithmeticExpression: Sendable, Hashable {
  /// A number for each row that the data give.
  enum Input: Sendable, Hashable {
    /// The numbers of a column.
    case column(String)
    /// Whether the label in a column is one of these: 1 or 0.
    case label(column: String, isAmong: [String])

    /// The name of the column.
    var column: String {
      switch self {
      case .column(let name), .label(let name, _): name
      }
    }
  }

  /// One step of the evaluation on a stack of columns.
  enum Step: Sendable, Hashable {
    /// Pushes the values of `inputs[index]`.
    case input(Int)
    case constant(Double)
    case negate
    case not
    case function(ElementaryFunction)
    case operation(BinaryOperation)
    /// Of three columns the second where the first is true, elsewhere the third.
    case choose
    case scale(Scaling)
  }

  /// What `scale()` takes from a column and what it divides by.
  struct Scaling: Sendable, Hashable {
    enum Part: Sendable, Hashable {
      case none
      /// The mean to take away; to divide by, the root of the sum of squares over n - 1.
      case estimated
      case given(Double)
    }
    let center: Part
    let scale: Part
  }

  /// The expression as R writes it, for example `log(x + 1)`.
  private(set) var text: String
  private(set) var inputs: [Input] = []
  /// The steps in postfix order: evaluation needs no recursion, however long the expression.
  private(set) var steps: [Step] = []
  /// Whether the values are true and false.
  private(set) var isTruth = false

  /// The columns in it, each once, in order of appearance.
  var columns: [String] {
    var seen: Set<String> = []
    return inputs.map(\.column).filter { seen.insert($0).inserted }
  }

  /// The column that the expression is, if it is nothing more.
  var onlyColumn: String? {
    if steps == [.input(0)], case .column(let name) = inputs[0] { name } else { nil }
  }

  /// Whether a part of it depends on the values of all rows.
  var isScaled: Bool {
    steps.contains { if case .scale = $0 { true } else { false } }
  }

  /// A column by itself.
  init(column: String) {
    text = Self.nameText(column)
    inputs = [.column(column)]
    steps = [.input(0)]
  }

  /// A number or, as 1 or 0, a truth value.
  init(constant: Double, text: String, isTruth: Bool = false) {
    self.text = text
    self.isTruth = isTruth
    steps = [.constant(constant)]
  }

  /// Whether the label in `column` is one of `labels` or, with `isNegated`, none of them.
  init(label column: String, isAmong labels: [String], isNegated: Bool, text: String) {
    self.text = text
    isTruth = true
    inputs = [.label(column: column, isAmong: labels)]
    steps = isNegated ? [.input(0), .not] : [.input(0)]
  }

  /// The name of a column as a formula writes it.
  static func nameText(_ column: String) -> String {
    let isPlain =
      column.allSatisfy(FormulaToken.isNameCharacter) && column.first?.isNumber == false
    return isPlain ? column : "`\(column)`"
  }

  /// Makes this `self OPERATOR other`.
  mutating func combine(
    _ symbol: String, _ operation: BinaryOperation, with other: ArithmeticExpression
  ) {
    text += symbol + other.text
    append(other)
    finish(.operation(operation), isTruth: operation.isTruth)
  }

  /// Makes this `PREFIX self SUFFIX`, followed by `step` if there is one.
  mutating func wrap(_ prefix: String, _ suffix: String, _ step: Step? = nil) {
    text = prefix + text + suffix
    if let step { finish(step, isTruth: step == .not) }
  }

  /// Appends the steps of another expression: its values come on top of the stack.
  mutating func append(_ other: ArithmeticExpression) {
    for step in other.steps {
      guard case .input(let index) = step else {
        steps.append(step)
        continue
      }
      let input = other.inputs[index]
      if let known = inputs.firstIndex(of: input) {
        steps.append(.input(known))
      } else {
        steps.append(.input(inputs.count))
        inputs.append(input)
      }
    }
  }

  /// Appends a step that makes the result.
  mutating func finish(_ step: Step, isTruth: Bool = false) {
    steps.append(step)
    self.isTruth = isTruth
  }

  /// The same expression under another text.
  func written(as text: String, isTruth: Bool? = nil) -> ArithmeticExpression {
    var copy = self
    copy.text = text
    copy.isTruth = isTruth ?? self.isTruth
    return copy
  }
}
