import Foundation
import GSLNumerics
import Testing

@testable import PoissonGLMM

/// Fits that are saved and read again.
@Suite struct SavedFitTests {
  private struct Case {
    let frame: ModelFrame
    let model: PoissonMixedModel
    let fit: PoissonMixedModelFit
    let saved: SavedFit

    init(
      _ formula: String, approximation: Approximation, references: [String: String] = [:]
    ) throws {
      frame = try ModelFrame(
        formula: Formula(formula), data: SavedFitTests.table(), references: references)
      model = try frame.model(priors: Priors(fixedEffectSD: 3))
      fit = try model.fit(
        FitOptions(approximation: approximation, keepsRandomEffects: true))
      saved = try SavedFit(fit, model: model, frame: frame, references: references)
    }
  }

  fileprivate static func table() throws -> DataTable {
    try CSVReader.read(
      path: ReferenceData.url("epilepsy.csv").path,
      columns: ["y", "lbase", "trt", "lage", "V4"].map { ColumnRequest(name: $0, use: .number) }
        + [ColumnRequest(name: "subject", use: .label)])
  }

  private static func newTable() throws -> DataTable {
    try DataTable(columns: [
      ("lbase", .numeric([1, 2, 0.5])), ("trt", .numeric([0, 1, 1])),
      ("lage", .numeric([3, 3.5, 3.2])), ("V4", .numeric([0, 1, 0])),
      ("subject", .text(codes: [0, 1, 2], levels: ["3", "nobody", "58"])),
    ])
  }

  private static let formulas = [
    "y ~ lbase * trt + ns(lage, 3) + V4 + (1 | subject)",
    "y ~ scale(lbase) + factor(trt) + (1 + V4 || subject)", "y ~ . + (1 | subject) + (1 | row)",
    "y ~ lbase + (1 + V4 | subject) + offset(lage)", "y ~ lbase + poly(lage, 2) + factor(trt)",
  ]

  /// Predictions from the file have the bits of those from the fit.
  @Test(arguments: formulas, [Approximation.structured, .corrected])
  func predictionsAreTheSame(formula: String, approximation: Approximation) throws {
    let own = try Case(
      formula, approximation: approximation,
      references: ["trt": "1"].filter { _ in
        formula.contains("factor(trt)")
      })
    let read = try SavedFit(bytes: own.saved.bytes)
    func predictions(_ frame: ModelFrame, _ model: PoissonMixedModel, _ predictor: Predictor)
      throws -> [Prediction]
    {
      predictor.predict(
        try frame.predictionRows(of: try Self.newTable(), model: model), threads: 2)
    }
    let expected = try predictions(own.frame, own.model, Predictor(own.model, fit: own.fit))
    let found = try predictions(read.frame, read.model, Predictor(read))
    #expect(found == expected)
    #expect(found.count == 3)
    #expect(read.means == own.saved.means)
    #expect(read.warnings == own.fit.warnings)
    #expect(read.converged == own.fit.optimization.converged)
    #expect(read.approximation == approximation)
    #expect(read.model.priors == own.model.priors)
    #expect(read.model.factors == own.model.factors)
    // What was read is written the same.
    #expect(read.bytes == own.saved.bytes)
  }

  /// A file of this version that was committed with it is read, and written as it was: whoever
  /// changes the layout has to change the version, and to save the file anew.
  @Test func filesOfThisVersionAreRead() throws {
    let file = Array(try Data(contentsOf: ReferenceData.url("SavedFit/version-3.fit")))
    let saved = try SavedFit(bytes: file)
    #expect(saved.bytes == file)
    #expect(saved.frame.formula.text == "y ~ lbase + factor(trt) + (1 | subject)")
    // The other level is the reference.
    #expect(saved.model.fixedNames == ["Intercept", "lbase", "factor(trt)0"])
    #expect(saved.model.priors.coefficients["lbase"] == NormalPrior(mean: 1, standardDeviation: 2))
    #expect(
      saved.model.priors.standardDeviations["sd(subject)"] == .halfNormal(scale: 0.5))
    #expect(saved.model.rowCount == 236)
    // The numbers are those of the model: a fit of it gives them again, up to what another machine
    // may round otherwise.
    let fit = try saved.model.fit(FitOptions(approximation: saved.approximation))
    for (effect, mean) in zip(fit.fixedEffects, saved.means.fixedEffects) {
      #expect(abs(effect.marginal.mean - mean) < 1e-6)
    }
  }

  @Test func aFitWithoutRandomEffectsIsNotSaved() throws {
    let frame = try ModelFrame(
      formula: Formula("y ~ lbase + (1 | subject)"), data: Self.table())
    let model = try frame.model()
    let fit = try model.fit()
    #expect(throws: FitError.self) { try SavedFit(fit, model: model, frame: frame) }
  }

  @Test func damageIsFound() throws {
    let bytes = try Case("y ~ lbase + (1 | subject)", approximation: .structured).saved.bytes
    func reason(_ bytes: [UInt8]) -> String {
      do {
        _ = try SavedFit(bytes: bytes)
        return "none"
      } catch {
        return error.description
      }
    }
    #expect(reason(bytes) == "none")
    #expect(reason([]) == "it is no fit that 'fit --save' wrote.")
    #expect(reason(Array("{\"formula\": 1}".utf8)) == "it is no fit that 'fit --save' wrote.")
    var other = bytes
    other[16] = 1
    #expect(
      reason(other)
        == "it has version 1 of the format, and this program reads version 3: save the fit anew.")
    #expect(reason(Array(bytes[..<30])).hasPrefix("the file is damaged: it ends within"))
    #expect(reason(Array(bytes.dropLast())).contains("bytes after its header in place of"))
    #expect(reason(bytes + [0]).contains("bytes after its header in place of"))
    // Any changed byte of the contents, and of the checksum.
    for place in [32, 40, 41, 100, bytes.count / 2, bytes.count - 1] {
      var changed = bytes
      changed[place] ^= 0x10
      #expect(
        reason(changed) == "the file is damaged: its checksum is not that of its contents.")
    }
  }

  /// Contents that are not those of a fit are refused, whatever they are: with the checksum made
  /// right again for every change of one byte of a small file.
  @Test func contentsThatMakeNoFitAreRefused() throws {
    let frame = try ModelFrame(
      formula: Formula("y ~ x + (1 | g)"),
      data: DataTable(columns: [
        ("y", .numeric([1, 0, 2, 3])), ("x", .numeric([0, 1, 0, 1])),
        ("g", .text(codes: [0, 0, 1, 1], levels: ["a", "b"])),
      ]))
    let model = try frame.model()
    let fit = try model.fit(FitOptions(approximation: .structured))
    let bytes = try SavedFit(fit, model: model, frame: frame).bytes
    var refused = 0
    for place in 40..<bytes.count {
      for bit: UInt8 in [1, 0x80] {
        var changed = bytes
        changed[place] ^= bit
        var header = ByteWriter()
        header.write(FNV1a.hash(changed[40...]))
        changed.replaceSubrange(32..<40, with: header.bytes)
        // A number may be another number; what is no fit is an error and not a crash.
        if (try? SavedFit(bytes: changed)) == nil { refused += 1 }
      }
    }
    #expect(refused > 100)
  }
}
