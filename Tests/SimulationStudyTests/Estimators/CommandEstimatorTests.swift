import Foundation
import PoissonGLMM
import Synchronization
import Testing

@testable import SimulationStudy

/// Good and bad manners of other programs.
@Suite(.serialized) struct CommandEstimatorTests {
  private let program: FakeProgram

  init() throws { program = try FakeProgram() }

  private func data(rows: Int = 6) -> ClusteredCounts {
    ClusteredCounts(
      counts: (0..<rows).map { Double($0 % 4) }, groupOfRow: (0..<rows).map { $0 / 3 },
      covariates: [.init(name: "x", values: (0..<rows).map { sqrt(Double($0)) })], exposure: nil,
      fixedNames: ["Intercept", "x"], randomNames: ["Intercept"])
  }

  private func scenario(
    _ behaviours: [String], timeLimit: Double = 20, startLimit: Double = 20
  ) throws -> Scenario {
    let base = try ScenarioText.parse(
      """
      name: s
      seed: 1
      replicates: 1
      data:
        groups: 4
        group_size: 3
        covariates: [{name: x, distribution: normal}]
        fixed: {Intercept: 0, x: 0.5}
        random: {Intercept: 0.5}
      methods: [{name: m}]
      """)
    return Scenario(
      name: "s", replicates: 4, data: base.data,
      methods: behaviours.map {
        MethodSpecification(
          name: $0,
          .command(
            ExternalCommand(program.command($0), timeLimit: timeLimit, startLimit: startLimit)))
      })
  }

  private func estimator(
    _ behaviour: String, timeLimit: Double = 20, programs: CommandPrograms = CommandPrograms()
  ) throws -> any Estimator {
    let scenario = try scenario([behaviour], timeLimit: timeLimit)
    return programs.estimator(scenario, scenario.methods[0])
  }

  /// What is said of a fit that fails, or nil.
  private func complaint(_ behaviour: String, timeLimit: Double = 20) throws -> String? {
    let estimator = try estimator(behaviour, timeLimit: timeLimit)
    do {
      _ = try estimator.estimate(data())
      return nil
    } catch {
      return String(describing: error)
    }
  }

  @Test func aGoodAnswerIsTheResult() throws {
    let result = try estimator("good").estimate(data())
    #expect(
      result.parameters == [
        ParameterEstimate(
          parameter: "Intercept", estimate: 0.5, standardError: 0.125, intervalLower: 0.25,
          intervalUpper: 0.75, pValue: 0.5),
        ParameterEstimate(
          parameter: "x", estimate: 0.25, standardError: 0.5, intervalLower: -1, intervalUpper: 1,
          pValue: nil),
        ParameterEstimate(
          parameter: "log_sd(Intercept)", estimate: -0.75, standardError: nil, intervalLower: nil,
          intervalUpper: nil, pValue: nil),
      ])
    #expect((result.iterations, result.reason, result.converged) == (4, "fine", true))
    // Wall clock: a shell needs more than nothing, and less than the limit.
    #expect(try (1e-6..<20).contains(#require(result.seconds)))
  }

  @Test func aProgramMayMeasureItsTimeItself() throws {
    #expect(try estimator("clock").estimate(data()).seconds == 0.5)
    #expect(
      try complaint("lazyclock")
        == "the program's answer lacks the 'seconds' that it announced, 0 or more.")
  }

  @Test func aProgramMayHaveNoEstimateOfOneParameter() throws {
    let result = try estimator("null").estimate(data())
    #expect(result.parameters.map(\.parameter) == ["Intercept", "x"])
  }

  @Test func oneProcessFitsAllDataSetsOfAWorker() throws {
    let estimator = try estimator("good")
    for _ in 0..<5 { _ = try estimator.estimate(data()) }
    #expect(program.numbers("starts").count == 1)
    #expect(program.numbers("requests") == [1, 2, 3, 4, 5])
  }

  @Test(arguments: [
    ("crash", "the program ended with status 3 and without an answer. It said: out of cheese"),
    ("killed", "the program was ended by signal 9."),
    ("garbage", "the program's answer is 'Fitting ... done', where a JSON object is expected."),
    ("empty", "the program's answer is an empty line."),
    ("half", "the program ended with status 0 and without an answer."),
    ("mute", "the program closed its output without an answer."),
    ("wrong", "the program answered request 2 and not 1."),
    ("refuse", "singular fit"),
    ("less", "the program's answer lacks the parameter 'log_sd(Intercept)'."),
    ("more", "the program's answer has the parameter 'z', which the model does not have."),
    ("none", "the program's answer has no estimate at all."),
    (
      "text",
      "the program's answer has \"small\" at 'parameters.Intercept.se', where a finite number or "
        + "null is expected."
    ),
    (
      "nan",
      "the program's answer has NaN at 'parameters.Intercept.se', where a finite number or null is "
        + "expected."
    ),
    (
      "infinite",
      "the program's answer has 1e999 at 'parameters.Intercept.se', where a finite number or null "
        + "is expected."
    ),
    ("oneend", "the program's answer has one end only of the interval of 'Intercept'."),
    (
      "typo",
      "the program's answer has the unknown key 'parameters.Intercept.stderr'; known are estimate, "
        + "se, lower, upper, p."
    ),
    ("endless", "the program's answer is longer than 1 MB."),
    ("needs", "needs the R package lme4."),
  ])
  func aBadAnswerIsAFailureInOneSentence(behaviour: String, expected: String) throws {
    #expect(try complaint(behaviour) == expected)
  }

  @Test func aFitThatDidNotConvergeIsAnAnswer() throws {
    let result = try estimator("unconverged").estimate(data())
    #expect((result.parameters, result.reason, result.converged) == ([], "gave up", false))
  }

  @Test func silenceEndsAtTheLimitWithAllThatWasStarted() throws {
    for (behaviour, said) in [("silent", " It said: thinking"), ("deaf", "")] {
      let clock = ContinuousClock()
      let start = clock.now
      #expect(
        try complaint(behaviour, timeLimit: 0.3)
          == "the program gave no answer within 0.3 s." + said)
      // The limit and the start of a shell, on a machine that others use too.
      #expect(clock.now - start < .seconds(5))
    }
    #expect(program.numbers("starts").count == 2)
    // Nobody is left, not even as an entry in the list of processes.
    for process in program.numbers("starts") { #expect(!FakeProgram.isListed(process)) }
    let descendants = program.numbers("descendants")
    #expect(descendants.count == 2)
    #expect(FakeProgram.becomesTrue { !descendants.contains(where: FakeProgram.isRunning) })
  }

  @Test func whatHasLeftItsGroupEndsToo() throws {
    #expect(
      try complaint("escape", timeLimit: 0.5) == "the program gave no answer within 0.5 s.")
    let descendants = program.numbers("descendants")
    #expect(descendants.count == 2)
    #expect(FakeProgram.becomesTrue { !descendants.contains(where: FakeProgram.isRunning) })
  }

  @Test func aProgramHasItsOwnTimeToStart() throws {
    let scenario = try scenario(["slow"], startLimit: 0.3)
    let programs = CommandPrograms()
    let clock = ContinuousClock()
    let start = clock.now
    #expect(throws: ProgramError.broken("the program gave no answer within 0.3 s.")) {
      try programs.estimator(scenario, scenario.methods[0]).estimate(data())
    }
    #expect(throws: CommandProgramError.self) { try programs.greet(scenario.commands) }
    // Of one program with two limits the longer one counts.
    let good = program.command("good")
    let both = [0.01, 20].map { ExternalCommand(good, startLimit: $0) }
    #expect(try CommandPrograms().greet(both).map(\.version) == ["fake 1.0"])
    // The script would sleep for 30 s.
    #expect(clock.now - start < .seconds(20))
  }

  /// The last line of a program that ends may lack its line break.
  @Test(arguments: ["unfinished", "oneshot"])
  func aProgramMayEndAfterEachAnswer(behaviour: String) throws {
    let estimator = try estimator(behaviour)
    for _ in 0..<5 { #expect(try estimator.estimate(data()).parameters.count == 3) }
    #expect((5...9).contains(program.numbers("starts").count))
  }

  @Test func programsWorkWhereTheyAreTold() throws {
    for folder in [program.folder.path, "/"] {
      let programs = CommandPrograms(directory: folder)
      let result = try estimator("where", programs: programs).estimate(data())
      // A temporary folder may be reached through a link.
      #expect(
        URL(fileURLWithPath: result.reason).resolvingSymlinksInPath().path
          == URL(fileURLWithPath: folder).resolvingSymlinksInPath().path)
    }
    let gone = CommandPrograms(directory: "/no such folder, 'is there'")
    #expect(throws: ProgramError.self) { try estimator("where", programs: gone).estimate(data()) }
  }

  @Test func afterAFailureAnotherProcessIsStarted() throws {
    let estimator = try estimator("once")
    #expect(throws: ProgramError.self) { try estimator.estimate(data()) }
    #expect(try estimator.estimate(data()).parameters.count == 3)
    #expect(try estimator.estimate(data()).parameters.count == 3)
    #expect(program.numbers("starts").count == 2)
    // A refusal is an answer: the process goes on.
    let refusing = try self.estimator("refuse")
    for _ in 0..<3 { #expect(throws: ProgramError.self) { try refusing.estimate(data()) } }
    #expect(program.numbers("starts").count == 3)
  }

  /// What comes of some data sets, one after the other: nil, or what is said of the failure.
  private func outcomes(
    _ behaviour: String, count: Int, timeLimit: Double = 20,
    programs: CommandPrograms = CommandPrograms()
  ) throws -> [String?] {
    let estimator = try estimator(behaviour, timeLimit: timeLimit, programs: programs)
    return (0..<count).map { _ in
      do {
        _ = try estimator.estimate(data())
        return nil
      } catch {
        return String(describing: error)
      }
    }
  }

  @Test func aFailureAfterGoodAnswersIsOne() throws {
    let programs = CommandPrograms()
    let crash = "the program was ended by signal 9."
    #expect(
      try outcomes("thirdcrash", count: 6, programs: programs) == [
        nil, nil, crash, nil, nil, crash,
      ])
    let garbage = "the program's answer is 'Fitting ... done', where a JSON object is expected."
    #expect(
      try outcomes("evengarbage", count: 4, programs: programs) == [nil, garbage, nil, garbage])
    let finish = "the program ended with status 0 and without an answer."
    #expect(
      try outcomes("evenfinish", count: 4, programs: programs) == [nil, finish, nil, finish])
    let hang = "the program gave no answer within 0.5 s."
    #expect(
      try outcomes("secondhang", count: 4, timeLimit: 0.5, programs: programs)
        == [nil, hang, nil, hang])
    #expect(programs.handedOn.isEmpty)
  }

  /// The data set that comes next has no part in it: a new process is given it, and that is
  /// counted.
  @Test(arguments: ["brittle", "latecrash", "twice"])
  func aFaultThatFollowsAnAnswerIsNotTheNextDataSets(behaviour: String) throws {
    let programs = CommandPrograms()
    let estimator = try estimator(behaviour, programs: programs)
    #expect(try estimator.estimate(data()).parameters.count == 3)
    let clock = ContinuousClock()
    let start = clock.now
    let result = try estimator.estimate(data())
    let elapsed = (clock.now - start) / .seconds(1)
    #expect(result.parameters.count == 3)
    // The crash comes a fifth of a second late; the wait for it is part of what the data set has
    // taken.
    if behaviour == "latecrash" { #expect(try #require(result.seconds) > 0.1) }
    #expect(try #require(result.seconds) < elapsed)
    // More than a pipe holds, which the old process has not read either.
    #expect(try estimator.estimate(data(rows: 30_000)).parameters.count == 3)
    #expect(program.numbers("starts").count == 3)
    #expect(programs.handedOn == [program.command(behaviour): 2])
  }

  /// What is recorded of a data set must not depend on what came before it.
  @Test func aProgramThatAlwaysBreaksIsStartedForEachDataSet() throws {
    let estimator = try estimator("crash")
    var said: Set<String> = []
    for _ in 0..<25 {
      do { _ = try estimator.estimate(data()) } catch { said.insert(String(describing: error)) }
    }
    #expect(said.count == 1)
    #expect(program.numbers("starts").count == 25)
  }

  /// A pipe holds 64 KB: whoever waits for the other to read it would wait for ever.
  @Test func muchTextInEveryDirectionDoesNotBlock() throws {
    let estimator = try estimator("loud")
    for _ in 0..<2 { #expect(try estimator.estimate(data(rows: 3000)).converged) }
    let long = try self.estimator("long").estimate(data(rows: 3000))
    #expect(long.reason == "..." + String(repeating: "s", count: 300))
    // More than a pipe holds, to a program that ends without reading it.
    let deaf = try self.estimator("leaves")
    #expect(throws: ProgramError(.left, "the program ended with status 0 and without an answer.")) {
      try deaf.estimate(data(rows: 30_000))
    }
  }

  @Test func nothingIsLeftWhenNobodyNeedsItAnyMore() throws {
    do {
      for behaviour in ["good", "stubborn"] { _ = try estimator(behaviour).estimate(data()) }
    }
    let processes = program.numbers("starts")
    #expect(processes.count == 2)
    #expect(processes.allSatisfy { !FakeProgram.isListed($0) })
    let descendants = program.numbers("descendants")
    #expect(FakeProgram.becomesTrue { !descendants.contains(where: FakeProgram.isRunning) })
  }

  // MARK: In a study

  @Test func theGreetingTellsWhoIsThere() throws {
    let commands = ["good", "needs", "clock"].map(program.command)
    let found = try CommandPrograms().greet(
      (commands + ["no-such-program-at-all --fit"]).map { ExternalCommand($0) })
    #expect(
      found.prefix(3) == [
        ProgramRecord(command: commands[0], version: "fake 1.0", timesItself: false),
        ProgramRecord(command: commands[1], missing: "needs the R package lme4"),
        ProgramRecord(command: commands[2], version: "fake 1.0", timesItself: true),
      ])
    let absent = try #require(found.last?.missing)
    #expect(absent.hasPrefix("it is not installed (") && absent.contains("no-such-program-at-all"))
  }

  @Test(arguments: [
    ("sick", "the program ended with status 2 and without an answer. It said: cannot open file"),
    ("rude", "the program's answer is 'Welcome!', where a JSON object is expected."),
  ])
  func aProgramThatIsThereAndSickIsAnError(behaviour: String, expected: String) throws {
    let command = program.command(behaviour)
    #expect(
      throws: CommandProgramError(
        description: "The program '\(command)' does not answer the greeting: \(expected)")
    ) { try CommandPrograms().greet([ExternalCommand(command)]) }
  }

  @Test func eachWorkerHasAProcessOfItsOwn() throws {
    var scenario = try scenario(["good"])
    scenario.replicates = 40
    let records = StudyRunner([scenario]).records(workers: 3)
    let fitted = records.filter { if case .fitted = $0.outcome { true } else { false } }
    #expect(fitted.count == 40 && fitted.allSatisfy { $0.seconds > 0 })
    #expect((1...3).contains(program.numbers("starts").count))
    #expect(program.numbers("requests").count == 40)
  }

  @Test func whatIsStoppedIsNotRecorded() throws {
    let isStopping = Mutex(false)
    let programs = CommandPrograms(isStopping: { isStopping.withLock { $0 } })
    let scenario = try scenario(["silent"], timeLimit: 1000)
    let runner = StudyRunner([scenario], programs: programs)
    let watch = Thread { [program] in
      _ = FakeProgram.becomesTrue { !program.numbers("descendants").isEmpty }
      isStopping.withLock { $0 = true }
    }
    watch.start()
    let batches = Mutex(0)
    let progress = runner.run(
      workers: 2, isInterrupted: { isStopping.withLock { $0 } },
      sink: { (_: RecordBatch) throws(Never) in batches.withLock { $0 += 1 } })
    #expect(progress.done == 0 && batches.withLock { $0 } == 0)
    let descendants = program.numbers("descendants")
    #expect(!descendants.isEmpty)
    #expect(FakeProgram.becomesTrue { !descendants.contains(where: FakeProgram.isRunning) })
  }
}
