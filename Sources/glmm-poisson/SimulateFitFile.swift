import Foundation
import PoissonGLMM

/// What `simulate` reads of the JSON that `fit --format json` writes.
struct FittedModelFile: Decodable {
  struct FixedEffect: Decodable {
    let parameter: String
    let mean: Double
    let sd: Double
  }

  struct RandomEffect: Decodable {
    /// The grouping factor.
    let group: String
    let parameter: String
    let logSdMean: Double
    let logSdSd: Double
  }

  struct Correlation: Decodable {
    let group: String
    let parameters: [String]
    let atanhMean: Double
    let atanhSd: Double
  }

  struct CoefficientPrior: Decodable {
    let mean, sd: Double
  }

  let formula: String
  /// The levels of `--reference` by the names of their factors. Files of earlier versions do not
  /// have any.
  let references: [String: String]?
  let approximation: String
  /// Left out for Poisson.
  let family: String?
  let converged: Bool
  /// Files of earlier versions do not have the priors.
  let fixedPriorSd: Double?
  let logSdPriorSd: Double?
  let correlationShape: Double?
  /// Left out where there are none.
  let coefficientPriors: [String: CoefficientPrior]?
  /// As `--prior` has them; left out where there are none.
  let sdPriors: [String: String]?
  /// Files of earlier versions do not say whether the fixed columns were standardized.
  let standardized: Bool?
  let fixedEffects: [FixedEffect]
  let randomEffects: [RandomEffect]
  /// Files of earlier versions do not have any.
  let correlations: [Correlation]?

  private static let largestFile = 64 << 20

  /// Reads a file and checks that its fit can be simulated from.
  /// - Throws: `CommandFailure`.
  static func read(_ path: String) throws(CommandFailure) -> FittedModelFile {
    guard !isDirectory(path) else {
      throw CommandFailure(.noSuchFile, "\(path): expected a file, found a directory.")
    }
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw CommandFailure(.noSuchFile, "There is no fit '\(path)' that can be read.")
    }
    let data: Data
    do {
      data = try handle.read(upToCount: largestFile + 1) ?? Data()
    } catch {
      throw CommandFailure(.inputOutput, "Cannot read '\(path)'.")
    }
    guard data.count <= largestFile else {
      throw CommandFailure(.badData, "\(path): the file is too large for a fit.")
    }
    let file: FittedModelFile
    do {
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      file = try decoder.decode(FittedModelFile.self, from: data)
    } catch {
      throw CommandFailure(
        .badData,
        "\(path): expected what 'fit --format json' writes, but \(reason(error)).")
    }
    for (name, text) in file.sdPriors ?? [:] {
      do {
        _ = try SDPrior(parsing: text)
      } catch {
        throw CommandFailure(.badData, "\(path): sd_priors, '\(name)': \(error.description)")
      }
    }
    if let family = file.family, family != CountFamily.poisson.rawValue {
      throw CommandFailure(
        .badData,
        "\(path): simulate takes \(family) fits as 'fit --save' writes them, not as JSON.")
    }
    guard file.converged else {
      throw CommandFailure(
        .badData, "\(path): the fit has not converged, and its numbers are not to be trusted.")
    }
    return file
  }

  private static func reason(_ error: any Error) -> String {
    func place(_ path: [any CodingKey]) -> String {
      path.map { $0.intValue.map { "[\($0 + 1)]" } ?? ".\($0.stringValue.snakeCase)" }.joined()
        .drop { $0 == "." }.description
    }
    switch error {
    case DecodingError.keyNotFound(let key, let context):
      return "'\(place(context.codingPath + [key]))' is missing"
    case DecodingError.valueNotFound(_, let context):
      return "'\(place(context.codingPath))' has no value"
    case DecodingError.typeMismatch(_, let context):
      let path = place(context.codingPath)
      return path.isEmpty ? "it is no JSON object" : "'\(path)' is of another type"
    default: return "it is not JSON"
    }
  }

  /// The names of the random effects: with several grouping factors each after its factor.
  var randomNames: [String] {
    let isSingle = Set(randomEffects.map(\.group)).count <= 1
    return randomEffects.map { isSingle ? $0.parameter : "\($0.group):\($0.parameter)" }
  }

  /// The names of the correlations likewise.
  var correlationNames: [String] {
    let isSingle = Set(randomEffects.map(\.group)).count <= 1
    return (correlations ?? []).map {
      (isSingle ? "" : "\($0.group):") + $0.parameters.joined(separator: ",")
    }
  }

  /// The priors that the fit was made with, if the file says.
  var priors: Priors? {
    guard let fixedPriorSd, let logSdPriorSd else { return nil }
    return Priors(
      fixedEffectSD: fixedPriorSd, logSDSD: logSdPriorSd,
      correlationShape: correlationShape ?? Priors().correlationShape,
      coefficients: (coefficientPriors ?? [:]).mapValues {
        NormalPrior(mean: $0.mean, standardDeviation: $0.sd)
      },
      // Those that are none have been refused.
      standardDeviations: (sdPriors ?? [:]).compactMapValues { try? SDPrior(parsing: $0) })
  }
}

extension String {
  /// `logSdMean` as `log_sd_mean`.
  fileprivate var snakeCase: String {
    reduce(into: "") { text, letter in
      if letter.isUppercase { text += "_" }
      text += letter.lowercased()
    }
  }
}
