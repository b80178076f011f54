import Foundation
import Synchronization

/// The processes of one command: each worker takes one, and gives it back for the next data set.
///
/// A process that gives no usable answer is ended, and another one is started for the next data
/// set, however often: if a program were given up, what is recorded would depend on the order of
/// the data sets, and so on the number of workers. For the same reason no data set fails because of
/// an earlier one that left a dead process or a second answer behind: it is given to a new process,
/// and that is counted.
final class CommandPool: Sendable {
  /// A process that has introduced itself.
  private struct Worker {
    let process: CommandProcess
    let introduction: CommandIntroduction
    /// Of the latest request.
    var number = 0
  }

  private let text: String
  private let directory: String?
  private let isStopping: @Sendable () -> Bool
  private let idle = Mutex<[Worker]>([])
  private let countOfHandedOn = Mutex(0)

  /// Data sets that were given to a new process because the one before had crashed after an answer,
  /// or answered an earlier data set once more.
  var handedOn: Int { countOfHandedOn.withLock { $0 } }

  /// - Parameter directory: where its processes work; nil for this process's working directory.
  init(
    _ text: String, directory: String? = nil, isStopping: @escaping @Sendable () -> Bool
  ) {
    self.text = text
    self.directory = directory
    self.isStopping = isStopping
  }

  deinit { stop() }

  /// Ends the processes that nobody uses.
  func stop() {
    let workers = idle.withLock { idle in
      defer { idle = [] }
      return idle
    }
    for worker in workers { worker.process.closeInput() }
    for worker in workers { worker.process.stop() }
  }

  /// Checks that the program is there.
  /// - Parameter startLimit: seconds that it may take to start: some load a lot.
  /// - Throws: `ProgramError`, of kind `missing` if it is not; `CancellationError`.
  func introduce(startLimit: Double) throws -> CommandIntroduction {
    let worker = try idleWorker() ?? start(limit: startLimit)
    giveBack(worker)
    return worker.introduction
  }

  /// An answer that is there, and how it came about.
  struct Reply {
    let line: Data
    /// Of the request that it has to answer.
    let number: Int
    let timesItself: Bool
    /// What the whole exchange took.
    let exchangeSeconds: Double
  }

  /// Has the program answer one request.
  /// - Parameters:
  ///   - command: that of the pool, with the limits of its use.
  ///   - longest: bytes of an answer.
  ///   - request: makes the request of a number.
  ///   - read: makes something of the answer.
  /// - Throws: `ProgramError`; `CancellationError`.
  func ask<Answer>(
    _ command: ExternalCommand, longest: Int, request: (Int) -> some Encodable,
    read: (Reply) throws(ProgramError) -> Answer
  ) throws -> Answer {
    let clock = ContinuousClock()
    let start = clock.now
    if let worker = idleWorker() {
      do {
        return try ask(worker, command, longest, request, read)
      } catch let error as ProgramError where error.kind == .left {
        // A program may end after each answer.
      } catch let error as ProgramError where error.kind == .belated {
        countOfHandedOn.withLock { $0 += 1 }
      }
    }
    let lost = (clock.now - start) / .seconds(1)
    return try ask(
      self.start(limit: command.startLimit), command, longest, request, read,
      secondsBefore: lost)
  }

  /// - Parameter secondsBefore: what the exchange with another process has taken, which counts as
  ///   well.
  private func ask<Answer>(
    _ worker: Worker, _ command: ExternalCommand, _ longest: Int,
    _ request: (Int) -> some Encodable, _ read: (Reply) throws(ProgramError) -> Answer,
    secondsBefore: Double = 0
  ) throws -> Answer {
    var worker = worker
    worker.number += 1
    let line = try request(worker.number).jsonLine()
    let clock = ContinuousClock()
    let start = clock.now
    do {
      let line = try worker.process.exchange(
        line, timeLimit: command.timeLimit, longest: longest, isStopping: isStopping)
      let answer = try read(
        Reply(
          line: line, number: worker.number, timesItself: worker.introduction.timesItself,
          exchangeSeconds: secondsBefore + (clock.now - start) / .seconds(1)))
      giveBack(worker)
      return answer
    } catch let error as ProgramError where error.kind == .refused {
      giveBack(worker)
      throw error
    }
  }

  private func idleWorker() -> Worker? { idle.withLock { $0.popLast() } }

  private func giveBack(_ worker: Worker) {
    guard !worker.process.hasLeft else { return }
    idle.withLock { $0.append(worker) }
  }

  private func start(limit: Double) throws -> Worker {
    let process = try CommandProcess(text, directory: directory)
    let answer = try process.exchange(
      CommandGreeting().jsonLine(), timeLimit: limit, longest: CommandAnswer.maximumBytes,
      isStopping: isStopping)
    return Worker(process: process, introduction: try CommandIntroduction.read(answer))
  }
}
