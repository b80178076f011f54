import GSLNumerics
import PlatformEssentials

/// A fit with all that predictions and simulations need of it, in a form that a file holds: the
/// columns of the data that the formula uses, the priors, and the joint posterior. Nothing is
/// fitted again, and predictions have the same bits as those of the fit itself.
///
/// The file holds the data of the model: whoever may not see these may not have it.
public struct SavedFit: Sendable {
  /// The columns of the model.
  public let frame: ModelFrame
  /// The model that was fitted.
  public let model: PoissonMixedModel
  /// How the posterior was approximated.
  public let approximation: Approximation
  /// The joint posterior, with the random effects' own distributions.
  public let posterior: Posterior
  /// The posterior means of the parameters, as results report them: of the fixed effects, the log
  /// SDs and the atanh of canonical partial correlations.
  public let means: Means
  /// Whether the fit has converged.
  public let converged: Bool
  /// What a user should know before trusting the fit.
  public let warnings: [String]
  package let table: DataTable
  private let references: [String: String]

  /// The posterior means of a fit's parameters.
  public struct Means: Sendable, Equatable {
    /// Those of the fixed effects.
    public let fixedEffects: [Double]
    /// Those of the log SDs, factor after factor.
    public let logSDs: [Double]
    /// Those of the atanh of canonical partial correlations.
    public let partialCorrelations: [Double]
    /// Those of the parameters of the family of counts.
    public let familyParameters: [Double]
  }

  /// A fit to be saved.
  /// - Parameters:
  ///   - fit: a fit of `model`; under integrated and corrected with
  ///     `FitOptions.keepsRandomEffects`.
  ///   - model: the model of `frame`.
  ///   - frame: the formula and the data.
  ///   - references: those that the frame was made with.
  /// - Throws: `FitError` if the fit has not kept the random effects.
  public init(
    _ fit: PoissonMixedModelFit, model: PoissonMixedModel, frame: ModelFrame,
    references: [String: String] = [:]
  ) throws(FitError) {
    // Whatever is amiss is found before the file is written.
    _ = try Predictor(model, fit: fit)
    self.frame = frame
    self.model = model
    approximation = fit.approximation
    posterior = fit.posterior
    means = Means(
      fixedEffects: fit.fixedEffects.map(\.marginal.mean),
      logSDs: fit.logStandardDeviations.map(\.marginal.mean),
      partialCorrelations: fit.correlations.map(\.atanh.mean),
      familyParameters: fit.familyParameters.map(\.marginal.mean))
    converged = fit.optimization.converged
    warnings = fit.warnings
    table = frame.rows.usedTable(frame.usedColumnNames)
    self.references = references
  }
}

// MARK: Bytes

extension SavedFit {
  /// Why bytes are no saved fit; `description` is the rest of a sentence that begins with the name
  /// of the file.
  public struct ReadingError: Error, Equatable, CustomStringConvertible {
    /// What is wrong.
    public let description: String
  }

  /// What a file begins with.
  private static let signature = Array("glmm-poisson fit".utf8)
  /// Grows with every change of what follows.
  private static let version: UInt64 = 3
  /// The signature, the version, the number of bytes that follow, and their checksum.
  private static let headerSize = 16 + 3 * 8

  /// Whether some bytes are the beginning of a saved fit, of any version.
  public static func begins(_ bytes: some Sequence<UInt8>) -> Bool { bytes.starts(with: signature) }

  /// The fit as bytes: a header with a version and a checksum (FNV-1a of 64 bits), and the rest.
  public var bytes: [UInt8] {
    var body = ByteWriter()
    body.write(frame.formula.text)
    let names: [String]? =
      if case .columns(let names) = frame.formula.otherColumns { names } else { nil }
    body.write(names) { writer, names in writer.write(names) { $0.write($1) } }
    body.write(references.sorted { $0.key < $1.key }) { writer, reference in
      writer.write(reference.key)
      writer.write(reference.value)
    }
    body.write(frame.weights) { $0.write($1) }
    table.write(to: &body)
    body.write([model.priors.fixedEffectSD, model.priors.logSDSD, model.priors.correlationShape])
    body.write(model.priors.coefficients.sorted { $0.key < $1.key }) { writer, coefficient in
      writer.write(coefficient.key)
      writer.write([coefficient.value.mean, coefficient.value.standardDeviation])
    }
    body.write(model.priors.standardDeviations.sorted { $0.key < $1.key }) { writer, prior in
      writer.write(prior.key)
      writer.write(prior.value.description)
    }
    body.write(model.family.rawValue)
    body.write(approximation.rawValue)
    body.write(converged)
    body.write(warnings) { $0.write($1) }
    body.write(means.fixedEffects)
    body.write(means.logSDs)
    body.write(means.partialCorrelations)
    body.write(means.familyParameters)
    posterior.write(to: &body)
    var header = ByteWriter()
    header.write(Self.version)
    header.write(body.bytes.count)
    header.write(FNV1a.hash(body.bytes))
    return Self.signature + header.bytes + body.bytes
  }

  /// The fit that was saved as these bytes.
  /// - Throws: `ReadingError` if they are none, of another version, or damaged.
  public init(bytes: [UInt8]) throws(ReadingError) {
    guard Self.begins(bytes) else {
      throw ReadingError(description: "it is no fit that 'fit --save' wrote.")
    }
    do {
      self = try Self.read(bytes)
    } catch let error as ReadingError {
      throw error
    } catch {
      throw ReadingError(description: "the file is damaged: its contents make no fit.")
    }
  }

  private static func read(_ bytes: [UInt8]) throws -> SavedFit {
    let damaged = "the file is damaged: "
    guard bytes.count >= headerSize else {
      throw ReadingError(description: damaged + "it ends within its first \(headerSize) bytes.")
    }
    var header = ByteReader(bytes, from: signature.count)
    let version = try header.readWord()
    guard version == Self.version else {
      throw ReadingError(
        description: "it has version \(version) of the format, and this program reads version "
          + "\(Self.version): save the fit anew.")
    }
    let length = try header.readInt()
    guard length == bytes.count - headerSize else {
      throw ReadingError(
        description: damaged
          + "it has \(bytes.count - headerSize) bytes after its header in place of \(length).")
    }
    guard try header.readWord() == FNV1a.hash(bytes[headerSize...]) else {
      throw ReadingError(description: damaged + "its checksum is not that of its contents.")
    }
    var body = ByteReader(bytes, from: headerSize)
    let fit = try SavedFit(body: &body)
    guard body.isAtEnd else { throw ByteReader.Damage() }
    return fit
  }

  private init(body: inout ByteReader) throws {
    func text(_ reader: inout ByteReader) throws(ByteReader.Damage) -> String {
      try reader.readText()
    }
    let formulaText = try body.readText()
    let otherColumns = try body.readOptional { (reader) throws(ByteReader.Damage) in
      try reader.readList(text)
    }
    let references = try body.readList { (reader) throws(ByteReader.Damage) in
      (try reader.readText(), try reader.readText())
    }
    let weights = try body.readOptional(text)
    table = try DataTable(from: &body)
    let priors = try body.readDoubles()
    let coefficients = try body.readList { (reader) throws(ByteReader.Damage) in
      let (name, numbers) = (try reader.readText(), try reader.readDoubles())
      guard numbers.count == 2 else { throw ByteReader.Damage() }
      return (name, NormalPrior(mean: numbers[0], standardDeviation: numbers[1]))
    }
    let standardDeviations = try body.readList { (reader) throws(ByteReader.Damage) in
      let (name, written) = (try reader.readText(), try reader.readText())
      guard let prior = try? SDPrior(parsing: written) else { throw ByteReader.Damage() }
      return (name, prior)
    }
    let family = CountFamily(rawValue: try body.readText())
    let approximation = Approximation(rawValue: try body.readText())
    guard priors.count == 3, let family, let approximation else { throw ByteReader.Damage() }
    self.approximation = approximation
    converged = try body.readBool()
    warnings = try body.readList(text)
    means = Means(
      fixedEffects: try body.readDoubles(), logSDs: try body.readDoubles(),
      partialCorrelations: try body.readDoubles(), familyParameters: try body.readDoubles())
    posterior = try Posterior(from: &body)
    self.references = Dictionary(references, uniquingKeysWith: { first, _ in first })
    frame = try ModelFrame(
      formula: Formula(formulaText, otherColumns: otherColumns), data: table,
      references: self.references, weights: weights)
    model = try frame.model(
      priors: Priors(
        fixedEffectSD: priors[0], logSDSD: priors[1], correlationShape: priors[2],
        coefficients: Dictionary(coefficients, uniquingKeysWith: { first, _ in first }),
        standardDeviations: Dictionary(
          standardDeviations, uniquingKeysWith: { first, _ in first })),
      family: family)
    guard posterior.fits(model), means.fixedEffects.count == model.fixedNames.count,
      means.logSDs.count == model.randomNames.count,
      means.partialCorrelations.count == model.correlationNames.count,
      means.familyParameters.count == family.parameters.count
    else { throw ByteReader.Damage() }
  }
}

extension Posterior {
  /// Whether all lists of numbers are as long as a model's.
  fileprivate func fits(_ model: PoissonMixedModel) -> Bool {
    let effects = model.factors.reduce(0) { $0 + $1.levels.count * $1.terms.count }
    let rows = model.design == nil ? 0 : model.rowCount
    return components.allSatisfy { component in
      let gaussian = component.gaussian
      return gaussian.fixedMean.count == model.fixedNames.count
        && gaussian.logSDMean.count == model.randomNames.count
        && gaussian.correlationMean.count == model.correlationNames.count
        && gaussian.familyMean.count == model.family.parameters.count
        && [0, effects].contains(gaussian.randomMean.count)
        && [0, rows].contains(gaussian.rowWeights.count)
    }
  }
}

extension SeenEffects {
  /// Those of a saved fit.
  package init(_ saved: SavedFit) throws(FitError) {
    try self.init(saved.model, posterior: saved.posterior)
  }
}

extension Predictor {
  /// Predicts from a saved fit.
  /// - Throws: `FitError` if the fit cannot predict.
  public init(_ saved: SavedFit) throws(FitError) {
    try self.init(saved.model, posterior: saved.posterior)
  }
}

extension Formula {
  /// A formula in which `.` stands for these columns.
  fileprivate init(_ text: String, otherColumns: [String]?) throws(FormulaError) {
    var parser = try FormulaParser(text, otherColumns: otherColumns)
    self = try parser.parse()
  }
}
