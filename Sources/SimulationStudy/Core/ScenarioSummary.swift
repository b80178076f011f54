/// Where the true parameters of a scenario come from.
public enum ScenarioKind: String, Sendable, CaseIterable {
  /// They are the same in every replicate, and stand in the scenario.
  case simulation
  /// Each replicate draws its own from the priors that the methods fit with. The share of the
  /// posterior below the true value is then uniform from 0 to 1 over the replicates if, and on the
  /// whole only if, the posterior is right: simulation-based calibration (Talts et al. 2018).
  case calibration
}

/// A method that a scenario names and that was not run.
struct SkippedMethod: Sendable, Hashable, Codable {
  let name: String
  /// Why, without a full stop.
  let reason: String
}

/// What a report has to know of a scenario: values only, nothing of how data are generated.
///
/// A scenario has this shape, its own (`Scenario`), and three more because each is another thing:
/// two are formats of files that are read by later versions (that of the manifest, and that of a
/// baseline's header), and `ComparedScenario` is one side of a comparison, with its records.
struct ScenarioSummary: Sendable, Equatable {
  /// A named property of the design, for the reader: `groups`, `20`.
  struct Detail: Sendable, Equatable {
    let name: String
    let value: String

    init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  var kind = ScenarioKind.simulation
  /// Unique within a study.
  let name: String
  /// One line for the reader; may be empty.
  let description: String
  let seed: UInt64
  /// The random generator's name; empty where the data are given and not drawn.
  let generator: String
  /// Replicates planned, the most if there is a precision to reach.
  let replicates: Int
  /// When to stop before that; nil for never.
  var precision: PrecisionTarget? = nil
  /// Whether the data are not those of the model that is fitted.
  var departsFromModel = false
  /// Intervals have the nominal level 1 - alpha; tests reject at p <= alpha.
  let alpha: Double
  /// True values by parameter name (`x1`, `log_sd(Intercept)`); a parameter without one has no
  /// known truth, or in a calibration one of its own in each replicate.
  let truth: [String: Double]
  /// Method names in the scenario's order; the first is the reference of relative precision.
  let methods: [String]
  /// Methods of the scenario that were not run.
  var skipped: [SkippedMethod] = []
  /// The commands of those methods that are other programs.
  var commands: [String: String] = [:]
  let gates: [Gate]
  /// A digest of everything in the scenario that can change its results.
  let contentHash: String
  /// What was simulated, in the order to be read.
  let details: [Detail]
  /// Rows of a data set, or the mean number of them; nil if not known.
  var rows: Double? = nil
  /// Those that are reported, in this order, as far as they have a meaning.
  var measures = PerformanceMeasure.allCases
  /// What the grid of the scenario varies, with the values of this cell; empty outside of grids.
  var gridSettings: [Detail] = []
  /// The title of the scenario's study; nil if its file has none.
  var study: StudyTitle? = nil
  /// The true values of a method that differ from `truth`, by the method's name.
  var ownTruth: [String: [String: Double]] = [:]

  /// The true value that a method's estimates of a parameter are held against.
  func truth(of parameter: String, by method: String) -> Double? {
    ownTruth[method]?[parameter] ?? truth[parameter]
  }
}

/// What a study is called and what it is to answer, for the head of its report. No result depends
/// on it.
public struct StudyTitle: Sendable, Hashable {
  /// Heads the report.
  public let title: String
  /// One question to the reader.
  public let question: String

  /// Both are one line.
  public init(title: String, question: String) {
    self.title = title
    self.question = question
  }
}
