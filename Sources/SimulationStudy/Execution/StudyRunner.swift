import Dispatch
import Synchronization

/// The records of a few replicates of one scenario, as a worker hands them in.
public struct RecordBatch: Sendable, Equatable {
  /// Position of the scenario in the study.
  public let scenario: Int
  /// Batches are numbered scenario by scenario, in the order of their replicates.
  public let number: Int
  /// Replicate by replicate, and within each in the order of the scenario's methods.
  public let records: [ReplicateRecord]
}

/// How far a study has come.
public struct StudyProgress: Sendable, Equatable {
  /// Fits done, those that failed among them.
  public var done = 0
  public var failed = 0
  public var total: Int
}

/// Runs every method on every replicate of every scenario.
///
/// Each data set is drawn once and given to all methods. A fit that throws is recorded with its reason
/// and never stops the study. What is recorded does not depend on the number of workers; only the
/// seconds differ.
public struct StudyRunner: Sendable {
  /// Makes the estimator of a scenario's method.
  public typealias EstimatorFactory = @Sendable (Scenario, MethodSpecification) -> any Estimator

  private let scenarios: [Scenario]
  private let makeEstimator: EstimatorFactory

  public init(
    _ scenarios: [Scenario],
    estimator makeEstimator: @escaping EstimatorFactory = { scenario, method in
      VariationalEstimator(method, priors: scenario.priors, alpha: scenario.alpha)
    }
  ) {
    self.scenarios = scenarios
    self.makeEstimator = makeEstimator
  }

  /// Runs the study and gives all records, ordered by scenario, method and replicate.
  public func records(
    workers: Int, progress: @Sendable (StudyProgress) -> Void = { _ in }
  ) -> [ReplicateRecord] {
    let collected = Mutex<[RecordBatch]>([])
    run(workers: workers, progress: progress) { batch in
      collected.withLock { $0.append(batch) }
    }
    let batches = collected.withLock { $0 }.sorted { $0.number < $1.number }
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

  /// Runs the study and hands the records to `sink`, batch by batch in the order in which they are
  /// done. `sink` and `progress` are called from the workers' threads, one call at a time.
  /// - Throws: the first error of `sink`, after which no further batch is begun.
  public func run<Failure: Error>(
    workers: Int, progress: @Sendable (StudyProgress) -> Void = { _ in },
    sink: @Sendable (RecordBatch) throws(Failure) -> Void
  ) throws(Failure) {
    let workers = max(1, workers)
    let plan = StudyPlan(scenarios: scenarios, workers: workers)
    let generators = scenarios.map { DataGenerator($0) }
    let estimators = scenarios.map { scenario in
      scenario.methods.map { makeEstimator(scenario, $0) }
    }
    let nextBatch = Atomic(0)
    let delivery = Mutex(Delivery<Failure>(progress: StudyProgress(total: plan.fitCount)))

    DispatchQueue.concurrentPerform(iterations: workers) { _ in
      while true {
        let number = nextBatch.add(1, ordering: .relaxed).oldValue
        guard number < plan.batchCount else { return }
        let batch = plan.batch(number)
        let records = batch.replicates.flatMap { replicate in
          Self.records(
            of: replicate, scenario: scenarios[batch.scenario],
            generator: generators[batch.scenario], estimators: estimators[batch.scenario])
        }
        let goesOn = delivery.withLock { delivery in
          delivery.deliver(
            RecordBatch(scenario: batch.scenario, number: number, records: records), to: sink,
            progress: progress)
        }
        guard goesOn else { return }
      }
    }
    if let failure = delivery.withLock({ $0.failure }) { throw failure }
  }

  /// One record for each method.
  private static func records(
    of replicate: Int, scenario: Scenario, generator: DataGenerator, estimators: [any Estimator]
  ) -> [ReplicateRecord] {
    func record(_ estimator: any Estimator, _ outcome: ReplicateRecord.Outcome, _ seconds: Double)
      -> ReplicateRecord
    {
      ReplicateRecord(
        scenario: scenario.name, method: estimator.name, replicate: replicate, outcome: outcome,
        seconds: seconds)
    }
    let data: ClusteredCounts
    do {
      data = try generator.dataSet(replicate: replicate).data
    } catch {
      return estimators.map { record($0, .failed(error.description), 0) }
    }
    return estimators.map { estimator in
      let clock = ContinuousClock()
      let start = clock.now
      let outcome: ReplicateRecord.Outcome
      do {
        outcome = .fitted(try estimator.estimate(data))
      } catch {
        outcome = .failed(String(describing: error))
      }
      let elapsed = clock.now - start
      return record(estimator, outcome, elapsed / .seconds(1))
    }
  }
}

/// What the workers share: where records go, and whether that still works.
private struct Delivery<Failure: Error> {
  var progress: StudyProgress
  var failure: Failure?

  init(progress: StudyProgress) {
    self.progress = progress
  }

  /// Hands a batch on. False once that has failed.
  mutating func deliver(
    _ batch: RecordBatch, to sink: @Sendable (RecordBatch) throws(Failure) -> Void,
    progress report: @Sendable (StudyProgress) -> Void
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
    report(progress)
    return true
  }
}
