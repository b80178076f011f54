import Foundation

/// What a study's numbers come from: `manifest.json`.
struct StudyManifest: Sendable, Equatable, Codable {
  /// One scenario as it was run.
  struct Scenario: Sendable, Equatable, Codable {
    let name: String
    let contentHash: String
    let seed: UInt64
    let generator: String
    let replicates: Int
    let alpha: Double
    let methods: [String]
    /// Methods that were not run; nil if all were.
    let skipped: [SkippedMethod]?
    /// What the scenario's grid varies, with the values of this cell; nil outside of grids.
    let grid: [String: String]?
    let gates: [Gate]

    private enum CodingKeys: String, CodingKey {
      case name
      case contentHash = "content_hash"
      case seed
      case generator
      case replicates
      case alpha
      case methods
      case skipped
      case grid
      case gates
    }
  }

  private enum CodingKeys: String, CodingKey {
    case schemaVersion = "schema_version"
    case command
    case environment
    case programs
    case scenarios
  }

  /// Of the file's layout; raised when a reader of the older one would go wrong.
  static let currentSchemaVersion = 1

  let schemaVersion: Int
  /// The command line that prints the study again.
  let command: String
  let environment: RunEnvironment
  /// Other programs that methods run; nil if there are none.
  let programs: [ProgramRecord]?
  let scenarios: [Scenario]

  init(
    scenarios: [ScenarioSummary], environment: RunEnvironment, command: String,
    programs: [ProgramRecord] = []
  ) {
    schemaVersion = Self.currentSchemaVersion
    self.command = command
    self.environment = environment
    self.programs = programs.isEmpty ? nil : programs
    self.scenarios = scenarios.map {
      Scenario(
        name: $0.name, contentHash: $0.contentHash, seed: $0.seed, generator: $0.generator,
        replicates: $0.replicates, alpha: $0.alpha, methods: $0.methods,
        skipped: $0.skipped.isEmpty ? nil : $0.skipped,
        grid: $0.gridSettings.isEmpty
          ? nil
          : Dictionary(
            $0.gridSettings.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first }),
        gates: $0.gates)
    }
  }

  /// JSON with sorted keys, the same bytes for the same content; a gate's open limit is `"inf"` or
  /// `"-inf"`.
  /// - Throws: `StudyError` of kind `inconsistent` where a number cannot be written.
  func json() throws(StudyError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    } catch {
      throw StudyError(.inconsistent, "The manifest cannot be written as JSON: \(error).")
    }
  }

  /// Reads the text of a `manifest.json`.
  /// - Parameter name: how messages call the file.
  /// - Throws: `StudyError` of kind `malformed`.
  init(json text: String, name: String = "manifest.json") throws(StudyError) {
    struct Header: Codable {
      let schemaVersion: Int

      enum CodingKeys: String, CodingKey { case schemaVersion = "schema_version" }
    }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    let data = Data(text.utf8)
    do {
      let version = try decoder.decode(Header.self, from: data).schemaVersion
      guard version == Self.currentSchemaVersion else {
        throw StudyError(
          .malformed,
          "\(name) has schema version \(version), expected \(Self.currentSchemaVersion).")
      }
      self = try decoder.decode(Self.self, from: data)
    } catch let error as StudyError {
      throw error
    } catch {
      throw StudyError(.malformed, "\(name): \(Self.sentence(error)).")
    }
  }

  private static func sentence(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return "it cannot be read" }
    func place(_ context: DecodingError.Context) -> String {
      let path = context.codingPath.reduce("") { path, key in
        if let index = key.intValue { return path + "[\(index)]" }
        return path + (path.isEmpty ? "" : ".") + key.stringValue
      }
      return path.isEmpty ? "the top level" : "'\(path)'"
    }
    switch error {
    case .keyNotFound(let key, let context):
      return "the key '\(key.stringValue)' is missing in \(place(context))"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      return "\(place(context)) has a value of the wrong type"
    case .dataCorrupted(let context) where !context.codingPath.isEmpty:
      return "\(place(context)) has a value that is not allowed"
    default: return "it is not valid JSON"
    }
  }
}
