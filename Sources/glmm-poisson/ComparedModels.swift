import PoissonGLMM

/// The models that `compare` is asked for, of the same rows.
struct ComparedModels {
  let formulas: [String]
  let frames: [ModelFrame]
  /// The factor whose levels are left out, one after the other; nil if no model has any.
  let leftOut: RandomFactor?
  /// Under which each formula is fitted; nil for that of the settings.
  private let families: [CountFamily]?
  private let settings: FitSettings

  /// - Parameters:
  ///   - families: under which each formula is fitted; nil for that of the settings.
  ///   - leaveOut: the name of the factor whose levels are left out; without it that of the fewest
  ///     levels.
  /// - Throws: the first thing that is amiss with a formula or the data.
  init(
    formulas: [String], families: [CountFamily]?, data: FitData, settings: FitSettings,
    leaveOut: String?
  ) throws {
    var parsed: [Formula] = []
    var frames: [ModelFrame] = []
    for text in formulas {
      let formula = try data.formula(text, settings)
      let frame = try data.frame(formula, settings.restricted(to: formula))
      if let first = frames.first {
        try Self.expectSameRows((text, frame), (formulas[0], first))
      }
      parsed.append(formula)
      frames.append(frame)
    }
    do {
      try settings.requireUse(by: parsed, frames) { "--" + $0 }
    } catch {
      throw CommandFailure(.wrongUsage, error.description)
    }
    leftOut = try Self.factor(leaveOut, of: frames)
    (self.formulas, self.families) = (formulas, families)
    (self.frames, self.settings) = (frames, settings)
  }

  private static func factor(
    _ name: String?, of frames: [ModelFrame]
  ) throws(CommandFailure) -> RandomFactor? {
    let factors = frames.flatMap(\.factors)
    guard let name else {
      // Rows one by one are what LOO leaves out. The first of equals is taken.
      return factors.filter { $0.grouping.count < $0.grouping.groupOfRow.count }
        .min { $0.grouping.count < $1.grouping.count }
    }
    if let factor = factors.first(where: { $0.name == name }) { return factor }
    let names = factors.reduce(into: [String]()) { if !$0.contains($1.name) { $0.append($1.name) } }
    throw CommandFailure(
      .wrongUsage,
      "--leave-out names '\(name)', which is a grouping factor of none of the models; "
        + (names.isEmpty ? "they have none." : "these have \(names.joined(separator: ", "))."))
  }

  private static func expectSameRows(
    _ own: (text: String, frame: ModelFrame), _ first: (text: String, frame: ModelFrame)
  ) throws(CommandFailure) {
    let (counts, others) = (own.frame.counts, first.frame.counts)
    guard counts != others else { return }
    throw CommandFailure(
      .badData,
      counts.count == others.count
        ? "'\(own.text)' has other counts than '\(first.text)': models can be compared of the same "
          + "response only."
        : "'\(own.text)' uses \(counts.count) rows and '\(first.text)' \(others.count), "
          + "as values are missing in different columns: leave these rows out of the data.")
  }

  /// Fits each of the models, formula by formula.
  func entries() throws -> [CompareOutput.Entry] {
    let options = settings.options(keepsRandomEffects: true)
    var entries: [CompareOutput.Entry] = []
    for (text, frame) in zip(formulas, frames) {
      for family in families ?? [settings.family] {
        let model = try frame.model(priors: settings.priors(of: frame), family: family)
        let title = families == nil ? text : "\(text), \(family.phrase)"
        entries.append(
          try CompareOutput.Entry(
            text, title: title, family: family, frame: frame, model: model,
            fit: model.fit(options), leftOut: leftOut?.grouping, options: options))
      }
    }
    return entries
  }
}
