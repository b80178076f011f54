import Foundation
import PoissonGLMM

/// Where the true parameters of a scenario come from.
public enum ScenarioKind: String, Sendable, CaseIterable {
  /// They are the same in every replicate, and stand in the scenario.
  case simulation
  /// Each replicate draws its own from the priors that the methods fit with. The share of the
  /// posterior below the true value is then uniform from 0 to 1 over the replicates if, and on the
  /// whole only if, the posterior is right: simulation-based calibration (Talts et al. 2018).
  case calibration
}

/// One study to run: data, the methods that are given them, and what is required of the results.
public struct Scenario: Sendable, Equatable {
  public let kind: ScenarioKind
  /// Unique within a study; part of the address of every random stream.
  public let name: String
  /// For the reader; may be empty.
  public let description: String
  /// Of the study that the scenario belongs to, if its file says it.
  public var study: StudyTitle?
  /// Data sets per method, the most if there is a precision to reach; 1 where the data are given.
  public var replicates: Int
  /// When to stop before that; nil for never.
  public let precision: PrecisionTarget?
  /// Intervals have the nominal level 1 - alpha; tests reject at p <= alpha.
  public let alpha: Double
  /// Prior standard deviations that every method fits with.
  public let priors: Priors
  public let data: DataSource
  /// The methods that the file names, at least one; names are unique.
  public let declaredMethods: [MethodSpecification]
  /// Why a method is not run, by its name; one sentence without its full stop.
  public var skipped: [String: String] = [:]
  public var gates: [Gate]
  /// Which cell of a grid it is: what is varied, as it is written in the file, and the value it has
  /// here. Empty outside of grids.
  public var gridSettings: [ScenarioSummary.Detail] = []

  public init(
    kind: ScenarioKind = .simulation, name: String, description: String = "", replicates: Int,
    precision: PrecisionTarget? = nil, alpha: Double = 0.05,
    priors: Priors = Priors(), data: DataSource, methods: [MethodSpecification],
    gates: [Gate] = []
  ) {
    self.kind = kind
    self.name = name
    self.description = description
    self.replicates = replicates
    self.precision = precision
    self.alpha = alpha
    self.priors = priors
    self.data = data
    declaredMethods = methods
    self.gates = gates
  }

  /// The methods that are run: all but those skipped, in the file's order.
  public var methods: [MethodSpecification] {
    skipped.isEmpty ? declaredMethods : declaredMethods.filter { skipped[$0.name] == nil }
  }

  /// True values by parameter name. A parameter that is absent has no known truth: every one of
  /// given data, and the log SD of a random term that is simulated with SD 0 (it would be minus
  /// infinity). In a calibration each replicate has its own, and none is here.
  ///
  /// Fixed effects are coefficients of log E(y | x, u), which zero inflation by the probability p
  /// shifts by log(1 - p): that belongs to the intercept.
  public var truth: [String: Double] {
    guard kind == .simulation, case .simulated(let mechanism) = data else { return [:] }
    var truth: [String: Double] = [:]
    for effect in mechanism.fixed { truth[effect.name] = effect.value }
    truth[DataGeneratingMechanism.interceptName]? += log1p(-mechanism.departures.zeroInflation)
    for effect in mechanism.random where effect.value > 0 {
      truth[Self.logSDParameter(effect.name)] = log(effect.value)
    }
    return truth
  }

  /// The fixed effects by name, then `log_sd(NAME)` of each random term: the order of every result.
  public var parameters: [String] {
    data.fixedNames + data.randomNames.map(Self.logSDParameter)
  }

  /// The name under which a random term's log standard deviation is reported.
  static func logSDParameter(_ term: String) -> String { "log_sd(\(term))" }
}

/// Where a scenario's data come from.
public enum DataSource: Sendable, Equatable {
  /// Drawn anew for each replicate.
  case simulated(DataGeneratingMechanism)
  /// One data set as it stands, whose true parameters nobody knows.
  case given(ClusteredCounts)

  /// The fixed effects of the model to fit, in order.
  public var fixedNames: [String] {
    switch self {
    case .simulated(let mechanism): mechanism.fixed.map(\.name)
    case .given(let counts): counts.fixedNames
    }
  }

  /// The random terms of the model to fit, in order.
  public var randomNames: [String] {
    switch self {
    case .simulated(let mechanism): mechanism.random.map(\.name)
    case .given(let counts): counts.randomNames
    }
  }
}
