import GSLNumerics

/// Data that a generator of one's own draws, and the model that is fitted to them.
public struct GeneratedData: Sendable, Equatable {
  /// What the generator is told beside the address of a data set.
  public enum Setting: Sendable, Equatable, Encodable {
    case number(Double)
    case text(String)
    case list([Setting])

    /// On one line, unequal for unequal settings.
    var text: String {
      switch self {
      case .number(let number): "\(number)"
      case .text(let text): text.debugDescription
      case .list(let settings): "[" + settings.map(\.text).joined(separator: ", ") + "]"
      }
    }

    /// As JSON has it.
    public func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .number(let number): try container.encode(number)
      case .text(let text): try container.encode(text)
      case .list(let settings): try container.encode(settings)
      }
    }
  }

  /// The program that draws; nil for a generator in Swift, which `StudyRunner` is given.
  public let command: ExternalCommand?
  /// By name; the same in every replicate.
  public let settings: [String: Setting]
  /// The study's seed, from which every data set has its own.
  public let seed: UInt64
  /// The columns of covariates that every data set has.
  public let covariates: [String]
  /// Names of the fixed effects of the model to fit: `Intercept` or a covariate.
  public let fixedNames: [String]
  /// The random terms of the model to fit, factor after factor.
  public let random: [RandomStructure]
  /// True values by parameter name, as far as they are known and the same in every replicate.
  public let truth: [String: Double]

  /// Names as `ClusteredCounts` has them.
  public init(
    command: ExternalCommand? = nil, settings: [String: Setting] = [:], seed: UInt64,
    covariates: [String] = [], fixedNames: [String], random: [RandomStructure],
    truth: [String: Double] = [:]
  ) {
    self.command = command
    self.settings = settings
    self.seed = seed
    self.covariates = covariates
    self.fixedNames = fixedNames
    self.random = random
    self.truth = truth
  }

  /// The columns of the grouping factors, each once; a factor of the rows has none.
  var groupings: [String] {
    random.map(\.factor).filter { $0 != FactorName.row }.flatMap(FactorName.columns)
      .reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  /// The seed of a data set, 0 to 2^31 - 1, which R's `set.seed` takes: no two replicates of a
  /// scenario have the same, and others of the study begin elsewhere.
  public func seed(scenario: String, replicate: Int) -> Int {
    let first = FNV1a.hash(word: seed, continuing: FNV1a.hash(scenario.utf8))
    return Int((first &+ UInt64(replicate)) & 0x7fff_ffff)
  }
}
