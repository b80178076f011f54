import Foundation
import PoissonGLMM

/// What a search for a value is about.
package struct PowerQuestion: Sendable, Equatable {
  /// The key that is varied, as `vary` of a scenario names it.
  package let key: String
  package let candidates: PowerCandidates
  package let measure: PerformanceMeasure
  package let parameter: String
  package let method: String
  package let target: Double

  package init(
    key: String, candidates: PowerCandidates, measure: PerformanceMeasure, parameter: String,
    method: String, target: Double
  ) {
    (self.key, self.candidates, self.measure) = (key, candidates, measure)
    (self.parameter, self.method, self.target) = (parameter, method, target)
  }
}

/// A search, batch by batch, whose replicates are those of a study: the cells of a grid of all
/// candidates, of which only those that are asked for are run. What the store has is not run again.
package struct PowerStudy {
  package let question: PowerQuestion
  /// Replicates of a batch.
  package let batch: Int
  package private(set) var search: PowerSearch
  /// Replicates with a usable result, and all.
  package private(set) var used = 0
  package private(set) var attempted = 0
  private let cells: [SourcedScenario]
  /// Replicates that the search has used of each candidate.
  private var taken: [Int: Int] = [:]

  /// - Parameters:
  ///   - file: the scenario without a grid.
  ///   - batch: replicates to run at a candidate before the next is chosen.
  ///   - ask: the question to the scenario.
  /// - Throws: `ScenarioError`, also for a key that cannot be varied so; `PowerError` for what
  ///   cannot be searched for.
  package init(
    file: String, batch: Int, asking ask: (Scenario) throws -> PowerQuestion
  ) throws {
    self.batch = batch
    let plain = try ScenarioFile.loadWithSource(file: file)
    guard plain.scenario.gridSettings.isEmpty else {
      throw PowerError("'\(file)' has a grid of its own; a search needs one scenario.")
    }
    question = try ask(plain.scenario)
    let values = question.candidates.values.map(question.candidates.text).joined(separator: ", ")
    let text = plain.source.text + "\nvary: {\(question.key): [\(values)]}\n"
    let source = ScenarioSource(file: file, text: text)
    cells = try ScenarioFile.scenarios(bytes: Array(text.utf8), file: file).map {
      var scenario = $0
      // A search has its own end, and gates are of a study.
      scenario.gates = []
      return SourcedScenario(scenario, source: source)
    }
    search = PowerSearch(question.candidates, target: question.target)
    for cell in cells {
      let scenario = cell.scenario
      guard scenario.methods.contains(where: { $0.name == question.method }) else {
        throw PowerError(
          "the scenario has no method '\(question.method)'; "
            + NearestName.advice(for: question.method, among: scenario.methods.map(\.name)))
      }
      guard scenario.parameters.contains(question.parameter) else {
        throw PowerError(
          "the scenario has no parameter '\(question.parameter)'; "
            + NearestName.advice(for: question.parameter, among: scenario.parameters))
      }
      if let reason = scenario.reasonAgainst(
        question.measure, of: question.parameter, by: question.method)
      {
        throw PowerError(
          "'\(question.measure.rawValue)' of '\(question.parameter)' \(reason).")
      }
    }
  }

  /// The commands of its data and methods.
  package var commands: [ExternalCommand] { cells[0].scenario.commands }

  /// Runs the next batch, as far as the store does not have it.
  /// - Throws: `StoreError`; `CancellationError` after an interruption; `PowerError` where a batch
  ///   has no usable fit.
  package mutating func step(
    in store: StudyStore, recipe: StudyRecipe, packageVersion: String, workers: Int,
    programs: CommandPrograms, records: [ProgramRecord], isInterrupted: @Sendable () -> Bool
  ) throws {
    let candidate = search.next
    let first = taken[candidate] ?? 0
    taken[candidate] = first + batch
    let visited = taken.keys.sorted()
    let asked = visited.map { index in
      var cell = cells[index]
      cell.scenario.replicates = taken[index] ?? 0
      return cell
    }
    let study = try store.register(
      asked, shard: .whole, recipe: recipe, packageVersion: packageVersion, programs: records)
    if study.recordedFits < study.plannedFits {
      let writer = try ResultWriter(study, in: store)
      let outcome = Result { () throws(StoreError) -> StudyProgress in
        try StudyRunner(study.scenarios, programs: programs).run(
          workers: workers, recorded: study.recorded, isInterrupted: isInterrupted,
          sink: { batch throws(StoreError) in try writer.append(batch) })
      }
      try writer.finish()
      let progress = try outcome.get()
      guard progress.done == progress.total, !isInterrupted() else { throw CancellationError() }
    }
    guard let position = visited.firstIndex(of: candidate) else { return }
    let stored = try store.records(of: study, scenario: position)
    try take(stored.filter { $0.method == question.method && $0.replicate >= first }, candidate)
  }

  private mutating func take(_ records: [ReplicateRecord], _ candidate: Int) throws(PowerError) {
    var sample = ParameterSample()
    for record in records {
      attempted += 1
      guard case .usable(let result) = record.usability,
        let estimate = result.parameters.first(where: { $0.parameter == question.parameter })
      else { continue }
      sample.append(estimate, replicate: record.replicate)
    }
    let scenario = cells[candidate].scenario
    let result = sample.performance(
      question.measure, truth: scenario.truth[question.parameter], alpha: scenario.alpha,
      reference: sample)
    guard let estimate = result.value, result.used > 1 else {
      throw PowerError(
        "of \(records.count) fits at \(question.key) = "
          + "\(question.candidates.text(question.candidates.values[candidate])) too few gave a "
          + "result: \(Self.reason(records))")
    }
    used += result.used
    var error = result.monteCarloStandardError ?? 0
    if question.measure.isProportion {
      // All or none of few replicates say less than that the error is 0 (Agresti & Coull 1998).
      let count = Double(result.used)
      let share = (estimate * count + 2) / (count + 4)
      error = (share * (1 - share) / (count + 4)).squareRoot()
    }
    search.record(estimate: estimate, standardError: error, used: result.used)
  }

  private static func reason(_ records: [ReplicateRecord]) -> String {
    for record in records {
      if case .failed(let reason) = record.usability { return reason }
    }
    return "none has the measure."
  }
}

/// Why there is nothing to search for. `description` is one sentence.
package struct PowerError: Error, Equatable, CustomStringConvertible, Sendable {
  package let description: String

  init(_ description: String) {
    self.description = description
  }
}
