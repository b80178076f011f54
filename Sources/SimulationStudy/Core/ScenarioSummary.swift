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

/// A method that a scenario names and that was not run.
public struct SkippedMethod: Sendable, Hashable, Codable {
  public let name: String
  /// Why, without a full stop.
  public let reason: String

  public init(name: String, reason: String) {
    self.name = name
    self.reason = reason
  }
}

/// What a report has to know of a scenario: values only, nothing of how data are generated.
public struct ScenarioSummary: Sendable, Equatable {
  /// A named property of the design, for the reader: `groups`, `20`.
  public struct Detail: Sendable, Equatable {
    public let name: String
    public let value: String

    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  public let kind: ScenarioKind
  /// Unique within a study.
  public let name: String
  /// One line for the reader; may be empty.
  public let description: String
  public let seed: UInt64
  /// The random generator's name; empty where the data are given and not drawn.
  public let generator: String
  /// Replicates planned, the most if there is a precision to reach.
  public let replicates: Int
  /// When to stop before that; nil for never.
  public let precision: PrecisionTarget?
  /// Whether the data are not those of the model that is fitted.
  public let departsFromModel: Bool
  /// Intervals have the nominal level 1 - alpha; tests reject at p <= alpha.
  public let alpha: Double
  /// True values by parameter name (`x1`, `log_sd(Intercept)`); a parameter without one has no
  /// known truth, or in a calibration one of its own in each replicate.
  public let truth: [String: Double]
  /// Method names in the scenario's order; the first is the reference of relative precision.
  public let methods: [String]
  /// Methods of the scenario that were not run.
  public let skipped: [SkippedMethod]
  /// The commands of those methods that are other programs.
  public let commands: [String: String]
  public let gates: [Gate]
  /// A digest of everything in the scenario that can change its results.
  public let contentHash: String
  /// What was simulated, in the order to be read.
  public let details: [Detail]
  /// Rows of a data set, or the mean number of them; nil if not known.
  public var rows: Double?
  /// What is varied in the grid that the scenario is a cell of, and its values here; else empty.
  public var gridSettings: [Detail] = []
  /// Of the study that the scenario belongs to; nil if it says nothing of it.
  public var study: StudyTitle? = nil

  public init(
    kind: ScenarioKind = .simulation, name: String, description: String, seed: UInt64,
    generator: String, replicates: Int,
    precision: PrecisionTarget? = nil, departsFromModel: Bool = false, alpha: Double,
    truth: [String: Double], methods: [String], skipped: [SkippedMethod] = [],
    commands: [String: String] = [:], gates: [Gate],
    contentHash: String, details: [Detail]
  ) {
    self.kind = kind
    self.name = name
    self.description = description
    self.seed = seed
    self.generator = generator
    self.replicates = replicates
    self.precision = precision
    self.departsFromModel = departsFromModel
    self.alpha = alpha
    self.truth = truth
    self.methods = methods
    self.skipped = skipped
    self.commands = commands
    self.gates = gates
    self.contentHash = contentHash
    self.details = details
  }
}

/// What a study is called and what it is to answer, for the head of its report. No result depends
/// on it.
public struct StudyTitle: Sendable, Hashable {
  public let title: String
  /// One question to the reader.
  public let question: String

  public init(title: String, question: String) {
    self.title = title
    self.question = question
  }
}
