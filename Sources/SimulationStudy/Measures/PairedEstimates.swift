/// Two methods' estimates of one parameter on the same data sets.
struct PairedEstimates: Sendable, Equatable {
  struct Pair: Sendable, Equatable {
    let mean: Double
    /// The method's estimate less the reference's.
    let difference: Double
  }

  /// Points that one panel can hold.
  static let maximumPoints = 400
  /// Fewer pairs show no distribution.
  private static let minimumPairs = 20
  /// Methods whose differences are a smaller share of the estimates' SD agree.
  private static let smallestDistance = 1e-4

  let scenario: String
  let parameter: String
  let method: String
  let reference: String
  /// Replicates that both methods have.
  let used: Int
  /// Of all of them; of more than `maximumPoints`, as many evenly spaced replicates.
  let pairs: [Pair]
  /// Of all differences.
  let meanDifference: Double
  let sdOfDifferences: Double

  /// nil where too few replicates have both estimates.
  init?(
    scenario: String, parameter: String, _ method: MethodSample, against reference: MethodSample
  ) {
    let (own, other) = ParameterSample.paired(method[parameter], reference[parameter])
    guard own.count >= Self.minimumPairs else { return nil }
    self.scenario = scenario
    self.parameter = parameter
    self.method = method.method
    self.reference = reference.method
    used = own.count
    let differences = zip(own, other).map(-)
    meanDifference = Moments.mean(differences)
    sdOfDifferences = Moments.standardDeviation(differences)
    let (count, shown) = (own.count, min(own.count, Self.maximumPoints))
    pairs = (0..<shown).map { point in
      let index = point * count / shown
      return Pair(mean: (own[index] + other[index]) / 2, difference: differences[index])
    }
  }

  /// The pairs of the methods with the one that the scenario names first, for the parameter on
  /// which they differ most.
  /// - Returns: nil where all agree; `distance` is the root mean square of the differences of the
  ///   two that agree least, in SDs of the reference's estimates.
  static func least(
    of sample: ScenarioSample
  ) -> (distance: Double, pairs: [PairedEstimates])? {
    guard sample.summary.kind == .simulation, let reference = sample.methods.first else {
      return nil
    }
    var least: (distance: Double, pairs: [PairedEstimates])?
    for parameter in sample.parameters {
      let sd = Moments.standardDeviation(reference[parameter].estimates)
      guard sd > 0, ParameterKind(parameter: parameter) != .check else { continue }
      let pairs = sample.methods.dropFirst().compactMap {
        PairedEstimates(
          scenario: sample.summary.name, parameter: parameter, $0, against: reference)
      }
      let distance = pairs.map(\.rootMeanSquare).max().map { $0 / sd } ?? 0
      if distance.isFinite, distance > max(smallestDistance, least?.distance ?? 0) {
        least = (distance, pairs)
      }
    }
    return least
  }

  private var rootMeanSquare: Double {
    (meanDifference * meanDifference + sdOfDifferences * sdOfDifferences).squareRoot()
  }
}
