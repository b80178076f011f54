/// `poly()`, `ns()` and `bs()`.
extension FormulaCall {
  func basis() throws(FormulaError) -> BasisExpression {
    let kind: BasisExpression.Kind
    if signature.name == "poly" {
      kind = .polynomial(
        degree: try wholeNumber("degree", from: 1) ?? 1, isRaw: try flag("raw"))
    } else {
      let isNatural = signature.name == "ns"
      kind = .spline(try splineShape(isNatural: isNatural), isNatural: isNatural)
    }
    let argument = try first.arithmetic()
    guard !argument.inputs.isEmpty else {
      throw place.error("\(text) holds no column: it is the same for every row.")
    }
    return BasisExpression(text: text, argument: argument, kind: kind)
  }

  private func splineShape(isNatural: Bool) throws(FormulaError) -> SplineShape {
    var shape = SplineShape()
    shape.degree = try wholeNumber("degree", from: 1) ?? 3
    shape.hasIntercept = try flag("intercept")
    // Natural splines lose two of a cubic spline's columns, one at each end.
    let least = (isNatural ? 1 : shape.degree) + (shape.hasIntercept ? 1 : 0)
    shape.degreesOfFreedom = try wholeNumber("df", from: least)
    shape.knots = try differentNumbers("knots") ?? []
    if shape.degreesOfFreedom != nil, let knots = self["knots"] {
      throw knots.place.error("Expected either 'df' or 'knots', found both.")
    }
    if let boundary = try differentNumbers("Boundary.knots") {
      let place = self["Boundary.knots"]?.place ?? place
      guard boundary.count == 2 else {
        throw place.error("Expected two numbers, the ends, for 'Boundary.knots'.")
      }
      guard shape.knots.allSatisfy({ boundary[0] < $0 && $0 < boundary[1] }) else {
        throw place.error("The knots must lie between the ends, 'Boundary.knots'.")
      }
      shape.boundary = boundary
    }
    return shape
  }
}
