/// The mode of a log density of the hyperparameters that is known by its gradient alone.
///
/// A search steps from point to point, and the gradients at both ends of a step tell by the
/// trapezoid rule how far the density has risen.
enum GradientClimb {
  /// Where a search is: what is to be known of it for the value at the next point.
  struct Place: Sendable {
    let point: [Double]
    let value: Double
    let gradient: [Double]

    /// The place at another point, whose value the gradients at both tell.
    func next(_ point: [Double], gradient: [Double]) -> Place {
      var value = self.value
      for index in point.indices {
        value +=
          0.5 * (gradient[index] + self.gradient[index]) * (point[index] - self.point[index])
      }
      return Place(point: point, value: value, gradient: gradient)
    }

    /// The same farther off, by Simpson's rule.
    /// - Parameter middle: the gradient halfway.
    func next(_ point: [Double], gradient: [Double], middle: [Double]) -> Place {
      var value = self.value
      for index in point.indices {
        let mean = (self.gradient[index] + 4 * middle[index] + gradient[index]) / 6
        value += mean * (point[index] - self.point[index])
      }
      return Place(point: point, value: value, gradient: gradient)
    }
  }

  /// - Parameters:
  ///   - start: where the search begins.
  ///   - scales: a guess of the variances.
  static func mode(
    from start: [Double], scales: [Double],
    gradient: (_ point: [Double]) throws(FitError) -> [Double]
  ) throws(FitError) -> [Double] {
    try HyperparameterMode<Place>(
      from: start, tolerance: 1e-5, scales: scales, needsCurvature: false
    ) { (point, place) throws(FitError) in
      let slopes = try gradient(point)
      let next =
        place?.next(point, gradient: slopes) ?? Place(point: point, value: 0, gradient: slopes)
      return .init(state: next, value: next.value, gradient: slopes)
    }.point
  }
}
