extension ArithmeticExpression {
  /// What `scale()` has taken away and divided by.
  struct Standardization: Sendable, Equatable {
    let center: Double
    let scale: Double
  }

  /// The same number for every row, if the expression has no column.
  var constant: Double? {
    inputs.isEmpty ? evaluate([], rows: 1).values[0] : nil
  }

  /// The value for each row.
  /// - Parameters:
  ///   - values: for each of `inputs`, one number a row.
  ///   - standardizations: those of other rows, in the order of the steps, if these rows are to be
  ///     scaled like those.
  /// - Returns: the values, and the standardizations used.
  func evaluate(
    _ values: [[Double]], rows: Int, standardizations: [Standardization]? = nil
  ) -> (values: [Double], standardizations: [Standardization]) {
    var used: [Standardization] = []
    var stack: [[Double]] = []
    for step in steps {
      switch step {
      case .input(let index): stack.append(values[index])
      case .constant(let number): stack.append(Array(repeating: number, count: rows))
      case .negate: Self.replaceLast(of: &stack) { -$0 }
      case .not: Self.replaceLast(of: &stack) { $0.isNaN ? $0 : $0 == 0 ? 1 : 0 }
      case .function(let function): Self.replaceLast(of: &stack, by: function.apply)
      case .operation(let operation):
        let second = stack.removeLast()
        let apply = operation.apply
        for row in 0..<rows {
          stack[stack.count - 1][row] = apply(stack[stack.count - 1][row], second[row])
        }
      case .choose:
        let otherwise = stack.removeLast()
        let chosen = stack.removeLast()
        for row in 0..<rows {
          let test = stack[stack.count - 1][row]
          stack[stack.count - 1][row] =
            test.isNaN ? test : test != 0 ? chosen[row] : otherwise[row]
        }
      case .scale(let scaling):
        let standardization =
          standardizations?[used.count]
          ?? Standardization(scaling, of: stack[stack.count - 1])
        used.append(standardization)
        Self.replaceLast(of: &stack) {
          ($0 - standardization.center) / standardization.scale
        }
      }
    }
    return (stack[0], used)
  }

  private static func replaceLast(
    of stack: inout [[Double]], by function: (Double) -> Double
  ) {
    let last = stack.count - 1
    for row in stack[last].indices { stack[last][row] = function(stack[last][row]) }
  }
}

extension ArithmeticExpression.Standardization {
  /// R's `scale`: the mean is taken away first, and the scale is sqrt(sum x^2 / (n - 1)) of what is
  /// left, the standard deviation if that is the mean's doing.
  init(_ scaling: ArithmeticExpression.Scaling, of values: [Double]) {
    let center: Double
    switch scaling.center {
    case .none: center = 0
    case .given(let number): center = number
    case .estimated:
      let mean = values.reduce(0, +) / Double(values.count)
      // A second pass takes away the rounding error of the first, as in R's `mean`.
      center = mean + values.reduce(0) { $0 + ($1 - mean) } / Double(values.count)
    }
    self.center = center
    switch scaling.scale {
    case .none: scale = 1
    case .given(let number): scale = number
    case .estimated:
      let squares = values.reduce(0) { $0 + ($1 - center) * ($1 - center) }
      scale = (squares / Double(max(1, values.count - 1))).squareRoot()
    }
  }
}
