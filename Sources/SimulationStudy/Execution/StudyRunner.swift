import Dispatch
import Synchronization

/// The records of a few replicates of one scenario, as a worker hands them in.
package struct RecordBatch: Sendable, Equatable {
  /// Position of the scenario in the study.
  let scenario: Int
  /// Batches are numbered scenario by scenario, in the order of their replicates. A batch whose
  /// fits are slow is handed in by parts of one number.
  let number: Int
  /// Replicate by replicate, and within each in the order of the scenario's methods.
  let records: [ReplicateRecord]
}

/// How far a study has come.
public struct StudyProgress: Sendable, Equatable {
  /// Fits done, those that failed and those of earlier runs among them.
  public var done = 0
  /// Of the fits done, those that gave no result that can be used.
  public var failed = 0
  /// Fits that the study has in all; those that a precision turns out not to need are taken off.
  public var total: Int
  /// Fits that an earlier run has done.
  public var doneBefore = 0
}

/// Runs every method on every replicate of every scenario.
///
/// Each data set is drawn once and given to all methods. A fit that throws is recorded with its
/// reason and never stops the study. What is recorded does not depend on the number of workers;
/// only the seconds differ, and how many replicates there are beyond the last one that a precision
/// needs.
public struct StudyRunner: Sendable {
  /// Makes the estimator of a scenario's method.
  public typealias EstimatorFactory = @Sendable (Scenario, MethodSpecification) -> any Estimator

  /// Makes the generator of a scenario's data.
  public typealias GeneratorFactory = @Sendable (Scenario) -> any DataSetGenerator

  private let scenarios: [Scenario]
  private let makeEstimator: EstimatorFactory
  private let makeGenerator: GeneratorFactory

  /// A worker hands in what it has done after this time at the latest.
  private static let maximumWait = Duration.milliseconds(200)

  /// - Parameters:
  ///   - scenarios: in the order in which they are run.
  ///   - makeEstimator: asked once for each method of each scenario. For a study of an estimator of
  ///     one's own it gives that for the method that has its name, and a `VariationalEstimator` for
  ///     the others.
  ///   - makeGenerator: asked once for each scenario. By default the data are drawn as the scenario
  ///     describes them, which `DataSource.generated` does not.
  public init(
    _ scenarios: [Scenario], estimator makeEstimator: @escaping EstimatorFactory,
    generator makeGenerator: @escaping GeneratorFactory = { DataGenerator($0) }
  ) {
    self.scenarios = scenarios
    self.makeEstimator = makeEstimator
    self.makeGenerator = makeGenerator
  }

  /// Runs the methods as the scenarios have them: this project's own, and other programs.
  public init(_ scenarios: [Scenario]) {
    self.init(scenarios, programs: CommandPrograms())
  }

  /// Runs the methods as the scenarios have them.
  /// - Parameter programs: those of the methods and data that are other programs'.
  package init(_ scenarios: [Scenario], programs: CommandPrograms) {
    self.init(
      scenarios, estimator: { programs.estimator($0, $1) },
      generator: { programs.generator($0) })
  }

  /// Runs the study and gives all records, ordered by scenario, method and replicate. Of a scenario
  /// with a precision there may be more than a report uses.
  public func records(
    workers: Int, progress: @Sendable (StudyProgress) -> Void = { _ in }
  ) -> [ReplicateRecord] {
    let collected = Mutex<[RecordBatch]>([])
    run(workers: workers, progress: progress) { batch in
      collected.withLock { $0.append(batch) }
    }
    let batches = collected.withLock { $0 }.sorted {
      ($0.number, $0.records.first?.replicate ?? 0) < ($1.number, $1.records.first?.replicate ?? 0)
    }
    var records: [ReplicateRecord] = []
    for (index, scenario) in scenarios.enumerated() {
      let own = batches.filter { $0.scenario == index }.flatMap(\.records)
      let methods = scenario.methods.count
      for method in 0..<methods {
        records += stride(from: method, to: own.count, by: methods).lazy.map { own[$0] }
      }
    }
    return records
  }

  /// Runs the study, or what is left of it, and hands the records to `sink`, batch by batch in the
  /// order in which they are done. `sink` and `progress` are called from the workers' threads, one
  /// call at a time.
  /// - Parameters:
  ///   - shard: the part of the replicates to run.
  ///   - recorded: what earlier runs have done, one value for each scenario, in their order.
  ///   - rules: one value for each scenario; those of scenarios with a precision know the records
  ///     of earlier runs. Where there is none a new one is made. A shard cannot be judged by
  ///     itself: all of it is run.
  ///   - isInterrupted: asked before every replicate; once it says true no other is begun.
  /// - Returns: the progress at the end.
  /// - Throws: the first error of `sink`, after which no further replicate is begun.
  @discardableResult
  package func run<Failure: Error>(
    workers: Int, shard: Shard = .whole, recorded: [RecordedReplicates] = [],
    rules: [StoppingRule?] = [],
    isInterrupted: @Sendable () -> Bool = { false },
    progress: @Sendable (StudyProgress) -> Void = { _ in },
    sink: @Sendable (RecordBatch) throws(Failure) -> Void
  ) throws(Failure) -> StudyProgress {
    let workers = max(1, workers)
    let wholePlan = StudyPlan(
      scenarios: scenarios, workers: workers, shard: shard, recorded: recorded)
    let doneBefore = recorded.reduce(0) { $0 + $1.fits }
    let plan = Mutex(wholePlan)
    let delivery = Mutex(
      Delivery<Failure>(
        progress: StudyProgress(
          done: doneBefore, failed: recorded.reduce(0) { $0 + $1.failedFits },
          total: doneBefore + wholePlan.fitCount, doneBefore: doneBefore),
        methods: scenarios.map(\.methods.count), rules: stoppingRules(rules, shard)))
    guard wholePlan.fitCount > 0 else { return delivery.withLock { $0.progress } }
    let generators = scenarios.map(makeGenerator)
    let estimators = scenarios.map { scenario in
      scenario.methods.map { makeEstimator(scenario, $0) }
    }

    DispatchQueue.concurrentPerform(iterations: workers) { _ in
      while !isInterrupted(), let batch = plan.withLock({ $0.next() }) {
        var records: [ReplicateRecord] = []
        /// False when the study cannot go on.
        func handIn() -> Bool {
          defer { records = [] }
          return delivery.withLock { delivery in
            delivery.deliver(
              RecordBatch(scenario: batch.scenario, number: batch.number, records: records),
              to: sink, progress: progress
            ) { replicates in
              plan.withLock { $0.drop(scenario: batch.scenario, from: replicates) }
            }
          }
        }
        let mayStop = scenarios[batch.scenario].precision != nil
        let clock = ContinuousClock()
        var lastHandedIn = clock.now
        for replicate in batch.replicates {
          // What is done of the batch is handed in; a replicate is never handed in by halves.
          if isInterrupted() { break }
          if mayStop, delivery.withLock({ $0.discardIfUnneeded(replicate, of: batch.scenario) }) {
            continue
          }
          let own = Self.records(
            of: replicate, scenario: scenarios[batch.scenario],
            generator: generators[batch.scenario], estimators: estimators[batch.scenario])
          guard let own else { break }
          records += own
          // Results of slow fits are not kept back until the batch is full.
          if clock.now - lastHandedIn > Self.maximumWait {
            guard handIn() else { return }
            lastHandedIn = clock.now
          }
        }
        guard records.isEmpty || handIn() else { return }
      }
    }
    if let failure = delivery.withLock({ $0.failure }) { throw failure }
    return delivery.withLock { $0.progress }
  }

  /// One for each scenario.
  private func stoppingRules(_ known: [StoppingRule?], _ shard: Shard) -> [StoppingRule?] {
    scenarios.indices.map { index in
      guard shard.isWhole else { return nil }
      let known = index < known.count ? known[index] : nil
      return known ?? StoppingRule(ScenarioSummary(scenarios[index]))
    }
  }

  /// Draws the data set of one replicate and fits it with every method of the scenario.
  /// - Returns: one record for each method, in their order; none if a method was stopped before its
  ///   end.
  package func records(of replicate: Int, scenario: Scenario) -> [ReplicateRecord] {
    Self.records(
      of: replicate, scenario: scenario, generator: makeGenerator(scenario),
      estimators: scenario.methods.map { makeEstimator(scenario, $0) }) ?? []
  }

  /// nil if an estimator was stopped: a replicate is recorded with all of its methods or not at
  /// all.
  private static func records(
    of replicate: Int, scenario: Scenario, generator: any DataSetGenerator,
    estimators: [any Estimator]
  ) -> [ReplicateRecord]? {
    func record(_ estimator: any Estimator, _ outcome: ReplicateRecord.Outcome, _ seconds: Double)
      -> ReplicateRecord
    {
      ReplicateRecord(
        scenario: scenario.name, method: estimator.name, replicate: replicate, outcome: outcome,
        seconds: seconds)
    }
    let simulated: SimulatedCounts
    do {
      simulated = try generator.dataSet(replicate: replicate)
    } catch is CancellationError {
      return nil
    } catch {
      return estimators.map { record($0, .failed(String(describing: error)), 0) }
    }
    var truth = simulated.drawnParameters
    if !truth.isEmpty {
      for estimand in scenario.estimands { truth[estimand.name] = estimand.value(at: truth) }
    }
    var records: [ReplicateRecord] = []
    for estimator in estimators {
      let clock = ContinuousClock()
      let start = clock.now
      do {
        let own =
          try truth.isEmpty
          ? estimator.estimate(simulated.data)
          : estimator.estimate(simulated.data, probabilitiesAt: truth)
        let elapsed = (clock.now - start) / .seconds(1)
        let completed = own.adding(scenario.estimands)
        let result = truth.isEmpty ? completed : completed.with(truth: truth)
        records.append(record(estimator, .fitted(result), result.seconds ?? elapsed))
      } catch is CancellationError {
        return nil
      } catch {
        let elapsed = (clock.now - start) / .seconds(1)
        records.append(record(estimator, .failed(String(describing: error)), elapsed))
      }
    }
    return records
  }
}

/// What the workers share: where records go, whether that still works, and what they say on when to
/// stop.
private struct Delivery<Failure: Error> {
  var progress: StudyProgress
  var failure: Failure?
  /// The number of methods of each scenario.
  private let methods: [Int]
  private var rules: [StoppingRule?]

  init(progress: StudyProgress, methods: [Int], rules: [StoppingRule?]) {
    self.progress = progress
    self.methods = methods
    self.rules = rules
  }

  /// Hands a batch on. False once that has failed.
  /// - Parameter drop: takes the replicates from a number on out of the plan, and gives their
  ///   count.
  mutating func deliver(
    _ batch: RecordBatch, to sink: @Sendable (RecordBatch) throws(Failure) -> Void,
    progress report: @Sendable (StudyProgress) -> Void, drop: (Int) -> Int
  ) -> Bool {
    guard failure == nil else { return false }
    do throws(Failure) {
      try sink(batch)
    } catch {
      failure = error
      return false
    }
    progress.done += batch.records.count
    progress.failed += batch.records.count {
      if case .failed = $0.usability { true } else { false }
    }
    if rules[batch.scenario] != nil, rules[batch.scenario]?.stop == nil {
      rules[batch.scenario]?.add(batch.records)
      if let stop = rules[batch.scenario]?.stop {
        progress.total -= drop(stop) * methods[batch.scenario]
      }
    }
    report(progress)
    return true
  }

  /// Takes a replicate that was given out back if the precision is reached without it; it then no
  /// longer counts. True if so.
  mutating func discardIfUnneeded(_ replicate: Int, of scenario: Int) -> Bool {
    guard let stop = rules[scenario]?.stop, replicate >= stop else { return false }
    progress.total -= methods[scenario]
    return true
  }
}
