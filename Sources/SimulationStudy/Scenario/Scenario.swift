import Foundation
import PoissonGLMM

/// One study to run: data, the methods that are given them, and what is required of the results.
public struct Scenario: Sendable, Equatable {
  /// Whether the true parameters are given, or drawn for each replicate.
  public let kind: ScenarioKind
  /// Unique within a study; part of the address of every random stream, unless the cells of a grid
  /// have their streams in common.
  public let name: String
  /// For the reader; may be empty.
  public let description: String
  /// The title of the scenario's study; nil if its file has none.
  public var study: StudyTitle?
  /// Data sets per method, a maximum if there is a precision to reach; 1 where the data are given.
  public var replicates: Int
  /// When to stop before that; nil for never.
  public let precision: PrecisionTarget?
  /// Intervals have the nominal level 1 - alpha; tests reject at p <= alpha.
  public let alpha: Double
  /// Prior standard deviations that every method fits with.
  public let priors: Priors
  /// Drawn anew for each replicate, or given.
  public let data: DataSource
  /// The methods that the file names, at least one; names are unique.
  package let declaredMethods: [MethodSpecification]
  /// Why a method is not run, by its name; one sentence without its full stop.
  var skipped: [String: String] = [:]
  /// What is measured, in the order of the tables; what has no meaning for a parameter or a method
  /// is left out there.
  public var measures = PerformanceMeasure.allCases
  /// What is asked for besides the parameters of the model.
  public var estimands: [Estimand] = []
  /// What is required of the results.
  public var gates: [Gate]
  /// What the grid of the scenario varies, as it is written in the file, with the values of this
  /// cell; empty outside of grids.
  var gridSettings: [ScenarioSummary.Detail] = []
  /// The name of the grid, if all of its cells draw from the same random streams.
  var commonStreams: String?
  /// What stands for the scenario in the address of every random stream.
  var streamName: String { commonStreams ?? name }

  /// A scenario in code; `ScenarioFile` reads one from YAML and checks it.
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
  /// infinity) with the correlations it has. In a calibration each replicate has its own, and none
  /// is here.
  ///
  /// A check of the model has the truth 0, nothing to be found, unless the data depart from the
  /// model; what a departure is to a check has no number.
  ///
  /// Fixed effects are coefficients of log E(y | x, u), which zero inflation by the probability p
  /// shifts by log(1 - p): that belongs to the intercept.
  ///
  /// An estimand has its value at the true parameters, where that is a number.
  public var truth: [String: Double] {
    let truth = parameterTruth
    return truth.merging(estimandTruth(at: truth)) { own, _ in own }
  }

  /// The estimands' values at true parameters. A term that is simulated with SD 0 has a log SD of
  /// minus infinity here.
  private func estimandTruth(at truth: [String: Double]) -> [String: Double] {
    guard !estimands.isEmpty, kind == .simulation else { return [:] }
    var known = truth
    if case .simulated(let mechanism) = data {
      let effects = mechanism.randomFactors.flatMap(\.effects)
      for (name, effect) in zip(mechanism.structures.logSDNames, effects) where effect.value == 0 {
        known[name] = -.infinity
      }
    }
    return Dictionary(
      estimands.compactMap { estimand in estimand.value(at: known).map { (estimand.name, $0) } },
      uniquingKeysWith: { first, _ in first })
  }

  private var parameterTruth: [String: Double] {
    guard kind == .simulation else { return [:] }
    let mechanism: DataGeneratingMechanism
    switch data {
    case .simulated(let own): mechanism = own
    case .generated(let own): return own.truth
    case .given: return [:]
    }
    var truth: [String: Double] = [:]
    for effect in mechanism.fixed { truth[effect.name] = effect.value }
    truth[DataGeneratingMechanism.interceptName]? += log1p(-mechanism.departures.zeroInflation)
    let structures = mechanism.structures
    let effects = mechanism.randomFactors.flatMap(\.effects)
    for (name, effect) in zip(structures.logSDNames, effects) where effect.value > 0 {
      truth[name] = log(effect.value)
    }
    let correlations = mechanism.randomFactors.flatMap(\.correlationValues)
    for (name, value) in zip(structures.correlationNames, correlations) { truth[name] = value }
    let family = familyNames
    truth.merge(
      mechanism.family.values.merging(mechanism.departures.familyParameters) { own, _ in own }
        .filter { family.contains($0.key) }
    ) { first, _ in first }
    if mechanism.departures == Departures() { for name in checkNames { truth[name] = 0 } }
    return truth
  }

  /// The true values of a method that differ from `truth`: the intercept of a family that has a
  /// zero share is of the counts that are no inflated zeros, and zero inflation does not shift it.
  func ownTruth(of method: MethodSpecification) -> [String: Double] {
    let intercept = DataGeneratingMechanism.interceptName
    guard kind == .simulation, case .variational(let settings) = method.fitter,
      settings.family.hasZeroShare, case .simulated(let mechanism) = data,
      mechanism.departures.zeroInflation > 0,
      let effect = mechanism.fixed.first(where: { $0.name == intercept })
    else { return [:] }
    let own = [intercept: effect.value]
    let common = truth
    let estimands = estimandTruth(at: parameterTruth.merging(own) { $1 })
    return own.merging(estimands.filter { common[$0.key] != $0.value }) { own, _ in own }
  }

  /// The fixed effects by name, then `log_sd(NAME)` of each random term, then `cor(NAME,NAME)` of
  /// those that are correlated, then the parameters of the families that methods fit, then
  /// `estimand(NAME)` of the estimands, then `check(NAME)` of the checks where a method has them:
  /// the order of every result.
  public var parameters: [String] {
    modelParameters + estimands.map(\.name) + checkNames
  }

  /// Those of the models that methods fit, of which estimands are functions.
  var modelParameters: [String] {
    data.fixedNames + data.random.parameterNames + familyNames
  }

  /// Other programs fit the family of the data.
  private var familyNames: [String] {
    let fitted = declaredMethods.map { method in
      if case .variational(let settings) = method.fitter { settings.family } else { data.family }
    }
    return FamilyParameter.allCases.filter { parameter in
      fitted.contains { $0.parameters.contains(parameter) }
    }.map(\.rawValue)
  }

  /// The checks of the model; none if no method has them.
  private var checkNames: [String] {
    let hasChecks = declaredMethods.contains {
      if case .variational(let settings) = $0.fitter { settings.checks } else { false }
    }
    return hasChecks
      ? ModelCheck.names(terms: data.random.termNames).map(ParameterKind.checkName) : []
  }
}

/// Where a scenario's data come from.
public enum DataSource: Sendable, Equatable {
  /// Drawn anew for each replicate.
  case simulated(DataGeneratingMechanism)
  /// One data set as it stands, whose true parameters nobody knows.
  case given(ClusteredCounts)
  /// Drawn anew for each replicate by a generator of one's own.
  case generated(GeneratedData)

  /// What a generator of one's own draws; nil for other data.
  var generated: GeneratedData? {
    if case .generated(let own) = self { own } else { nil }
  }

  /// The family of the counts; Poisson where nothing is said of it.
  public var family: CountFamily {
    if case .simulated(let mechanism) = self { mechanism.family.family } else { .poisson }
  }

  /// The fixed effects of the model to fit, in order.
  public var fixedNames: [String] {
    switch self {
    case .simulated(let mechanism): mechanism.fixed.map(\.name)
    case .given(let counts): counts.fixedNames
    case .generated(let own): own.fixedNames
    }
  }

  /// The random terms of the model to fit, factor after factor.
  public var random: [RandomStructure] {
    switch self {
    case .simulated(let mechanism): mechanism.structures
    case .given(let counts): counts.random
    case .generated(let own): own.random
    }
  }
}

extension Scenario {
  /// Whether a measure can have a number for a parameter and a method of this scenario.
  func isDefined(
    _ measure: PerformanceMeasure, of parameter: String, by method: String
  ) -> Bool {
    reasonAgainst(measure, of: parameter, by: method) == nil
  }

  /// Why a measure can never have a number here, or nil if it can.
  func reasonAgainst(
    _ measure: PerformanceMeasure, of parameter: String, by method: String
  ) -> String? {
    if !measures.contains(measure) { return "is not among the 'measures' of the scenario" }
    let hasTruth = kind == .calibration || truth[parameter] != nil
    if measure.needsCalibration, kind != .calibration {
      return "is of scenarios with 'kind: calibration'"
    }
    if measure.needsTruth, !hasTruth { return "needs a true value, which is not known" }
    if measure == .estimate, hasTruth { return "is listed only without a known truth; use 'bias'" }
    if measure == .rejectionRate, kind == .calibration {
      return "is not defined: each replicate of a calibration has a true value of its own"
    }
    if measure == .rejectionRate, ParameterKind(parameter: parameter) == .logSD {
      return "is not defined: a log SD has no natural null value"
    }
    if measure == .rejectionRate, ParameterKind(parameter: parameter) == .familyParameter {
      return "is not defined: a parameter of a family has no natural null value"
    }
    if measure == .rejectionRate, ParameterKind(parameter: parameter) == .estimand {
      return "is not defined: an estimand has no natural null value"
    }
    if ParameterKind(parameter: parameter) == .familyParameter,
      !fits(FamilyParameter(rawValue: parameter), by: method)
    {
      return "is not defined: the family that the method fits does not have this parameter"
    }
    if measure != .rejectionRate, ParameterKind(parameter: parameter) == .check {
      return "is not defined: a check has a p value and no true value"
    }
    if measure == .relativePrecision, method == methods.first?.name {
      return "is relative to this method itself, the scenario's first"
    }
    let defined: [PerformanceMeasure] = [.estimate, .modelStandardError, .intervalWidth]
    if case .given = data, !defined.contains(measure) {
      return "needs more than one replicate, and given data have one"
    }
    return nil
  }

  /// Whether the family that a method fits has a parameter.
  private func fits(_ parameter: FamilyParameter?, by method: String) -> Bool {
    guard let parameter, let own = declaredMethods.first(where: { $0.name == method }) else {
      return true
    }
    guard case .variational(let settings) = own.fitter else { return true }
    return settings.family.parameters.contains(parameter)
  }
}
