import Foundation
import SimulationStudy

/// The median of |estimate - truth|, which a few wild estimates do not move. Its Monte Carlo
/// standard error is half the distance of the order statistics that hold the median with 68 %.
struct MedianAbsoluteError: OwnMeasure {
  let name = "median_absolute_error"

  func estimate(_ estimates: [ParameterEstimate], truth: Double?) -> MonteCarloEstimate {
    let errors = estimates.compactMap { estimate in
      (estimate.truth ?? truth).map { abs(estimate.estimate - $0) }
    }.sorted()
    guard errors.count >= 10 else {
      return MonteCarloEstimate(nil, monteCarloStandardError: nil, used: errors.count)
    }
    let middle = Double(errors.count - 1) / 2
    let margin = Double(errors.count).squareRoot() / 2
    let lower = errors[max(0, Int(middle - margin))]
    let upper = errors[min(errors.count - 1, Int((middle + margin).rounded(.up)))]
    let median = (errors[Int(middle)] + errors[Int(middle.rounded(.up))]) / 2
    return MonteCarloEstimate(
      median, monteCarloStandardError: (upper - lower) / 2, used: errors.count)
  }
}
