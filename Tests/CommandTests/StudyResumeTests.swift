import Foundation
import GRDB
import Testing

/// What becomes of a study that is stopped, extended or changed.
@Suite(.serialized) struct StudyResumeTests {
  @Test func moreReplicatesRunOnlyTheNewOnes() throws {
    let study = try StudyFolder()
    #expect(try study.run(["--replicates", "10"]).error.hasPrefix("40 fits in "))
    let more = try study.run()
    #expect(more.status == 0)
    #expect(more.error.hasPrefix("80 fits in "))
    #expect(more.error.hasSuffix("; 40 were recorded before\n"))
    let fresh = study.folder.url.appending(path: "fresh")
    #expect(try study.run(out: fresh).status == 0)
    for name in ["measures.csv", "failures.csv"] {
      #expect(try study.text(name) == study.text(name, in: fresh))
    }
    #expect(try study.stableReport() == study.stableReport(in: fresh))
    // Fewer again: the report is that of fewer, and nothing is lost.
    let fewer = try study.run(["--replicates", "10"])
    #expect(fewer.error.contains("40 replicates in '\(study.out.path)' are beyond those asked for"))
    #expect(try study.text("measures.csv").contains(",10,0,10\n"))
    #expect(try study.run().error.hasPrefix("0 fits in "))
    #expect(try study.text("measures.csv") == study.text("measures.csv", in: fresh))
    // And anew.
    #expect(try study.run(["--fresh"]).error.hasPrefix("120 fits in "))
  }

  @Test func aChangedScenarioIsRefusedUntilFresh() throws {
    let study = try StudyFolder()
    #expect(try study.run().status == 0)
    let before = try study.text("measures.csv")
    try study.folder.write(
      StudyScenario.text(name: "second").replacing("groups: 6", with: "groups: 7"),
      to: "scenarios/second.yml")
    let changed = try study.run()
    #expect(changed.status == 65)
    #expect(changed.error.split(separator: "\n").count == 1)
    #expect(
      changed.error.contains(
        "Scenario 'second' has changed since the results in '\(study.out.path)' were recorded: "
          + "data.groups is 7 and was 6."))
    #expect(try study.text("measures.csv") == before)
    #expect(try study.run(["--fresh"]).status == 0)
    #expect(try study.text("measures.csv") != before)
  }

  /// Results of two simulators do not belong into one study.
  @Test func changedDataAreRefusedUntilFresh() throws {
    let study = try StudyFolder()
    #expect(try study.run(["--replicates", "10"]).status == 0)
    let before = try study.text("measures.csv")
    let database = try DatabaseQueue(path: study.out.appending(path: "results.sqlite").path)
    try database.write {
      try $0.execute(
        sql: """
          UPDATE study SET value = '{"first":"0123456789abcdef"}' WHERE key = 'fingerprints'
          """)
    }
    try database.close()
    let changed = try study.run()
    #expect(changed.status == 65)
    #expect(changed.error.split(separator: "\n").count == 1)
    #expect(
      changed.error.contains(
        "The simulated data of scenario 'first' have changed since the results in "
          + "'\(study.out.path)' were recorded: the first data set has the fingerprint "))
    #expect(
      changed.error.contains(" and had 0123456789abcdef. Choose another --out, or start anew"))
    #expect(try study.text("measures.csv") == before)
    #expect(try study.run(["--fresh"]).status == 0)
  }

  /// What a fresh start leaves behind never speaks of results that are gone.
  @Test func anInterruptedFreshStartLeavesNoOldReport() throws {
    let study = try StudyFolder(replicates: 5000)
    #expect(try study.run(["--replicates", "10", "--quiet"]).status == 0)
    let command = try RunningCommand(study.arguments(["--fresh", "--workers", "1"]))
    // The first run left 20 replicates.
    for _ in 0..<2000 {
      if let recorded = study.recorded(), recorded.replicates > 20 { break }
      usleep(10_000)
    }
    command.send(signal: SIGTERM)
    #expect(try command.wait().status == 75)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: study.out.path).sorted()
        == ["results.lock", "results.sqlite"])
    #expect(try CommandRunner.run(["study", "check", study.out.path]).status == 66)
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func aSignalStopsInOrder(signal: Int32) throws {
    let study = try StudyFolder(replicates: 5000)
    let arguments = study.arguments(["--workers", "1", "--quiet"])
    let command = try RunningCommand(arguments)
    try study.waitForResults()
    command.send(signal: signal)
    let stopped = try command.wait()
    #expect(stopped.status == 75)
    #expect(stopped.output.isEmpty)
    let words = arguments.joined(separator: " ")
    #expect(stopped.error.hasSuffix("To go on: glmm-poisson \(words)\n"))
    let recorded = try #require(study.recorded())
    #expect(
      stopped.error.contains(
        "Interrupted: \(recorded.fits) of 20000 fits are recorded in '\(study.out.path)'."))
    #expect(recorded.fits == 2 * recorded.replicates)

    let resumed = try study.run()
    #expect(resumed.status == 0)
    // On a busy machine lines of progress come before.
    let last = try #require(resumed.error.split(separator: "\n").last)
    #expect(last.hasPrefix("\(20000 - recorded.fits) fits in "))
    let undisturbed = study.folder.url.appending(path: "undisturbed")
    #expect(try study.run(out: undisturbed).status == 0)
    #expect(try study.text("measures.csv") == study.text("measures.csv", in: undisturbed))
  }

  /// A grid as large as one may be, with a description as long as nobody has one: it is read and
  /// registered for a while before the first fit.
  @Test func aSignalEndsTheReadingOfALargeGrid() throws {
    let folder = try TemporaryFolder()
    let values = (1...100).map { String(Double($0) / 100) }.joined(separator: ", ")
    let head = """
      name: grid
      description: \(String(repeating: "words of no use ", count: 65_000))
      """
    let scenario = try folder.write(
      StudyScenario.text(name: "grid").replacing("name: grid", with: head)
        + "\nvary: {data.fixed.x: [\(values)], data.random.Intercept: [\(values)]}\n",
      to: "grid.yml")
    let command = try RunningCommand(
      ["study", "run", scenario.path, "--out", folder.url.appending(path: "out").path])
    // It is long at work then, and has far to go.
    usleep(2_000_000)
    let clock = ContinuousClock()
    let start = clock.now
    command.send(signal: SIGTERM)
    let stopped = try command.wait()
    #expect(stopped.status == 75)
    #expect(stopped.error.contains("glmm-poisson: Interrupted"))
    // At once, but for what else the machine does.
    #expect(clock.now - start < .seconds(5))
  }

  /// Killed at random moments: while the store is made, while a batch is written, while it is
  /// closed.
  @Test func killedTwentyTimesNothingIsLostOrCountedTwice() throws {
    let study = try StudyFolder(replicates: 6000)
    let undisturbed = study.folder.url.appending(path: "undisturbed")
    let clock = ContinuousClock()
    let start = clock.now
    #expect(try study.run(out: undisturbed).status == 0)
    let whole = (clock.now - start) / .seconds(1)
    var (kills, rounds) = (0, 0)
    while kills < 20 {
      rounds += 1
      var fits = 0
      while true {
        let command = try RunningCommand(
          study.arguments(["--quiet"] + (fits == 0 && kills > 0 ? ["--fresh"] : [])))
        // Some twenty kills from the first moment to the last.
        usleep(UInt32(1e6 * .random(in: 0...max(0.25, whole / 8))))
        let isKilled = command.isRunning
        command.send(signal: SIGKILL)
        let result = try command.wait()
        // It may have ended by itself between the question and the signal.
        if result.status == 0 { break }
        #expect(isKilled && result.status == -1, "\(result.error)")
        kills += 1
        if let recorded = study.recorded() {
          #expect(recorded.fits >= fits)
          #expect(recorded.fits == 2 * recorded.replicates)
          fits = recorded.fits
        }
        // On a busy machine the report alone may take longer than it is ever given.
        if kills >= 20 {
          #expect(try study.run().status == 0)
          break
        }
      }
      for name in ["measures.csv", "failures.csv"] {
        #expect(try study.text(name) == study.text(name, in: undisturbed))
      }
      #expect(try #require(study.recorded()) == (24_000, 12_000))
    }
    print("killed \(kills) times in \(rounds) rounds of a study of \(whole) seconds")
  }

  @Test func aSecondProcessIsRefused() throws {
    let study = try StudyFolder(replicates: 20_000)
    let first = try RunningCommand(study.arguments(["--workers", "1"]))
    try study.waitForResults()
    for options in [[], ["--fresh"]] {
      let second = try study.run(options)
      #expect(second.status == 74)
      #expect(
        second.error.hasPrefix(
          "glmm-poisson: Another process is writing to the directory '\(study.out.path)': process ")
      )
      #expect(second.error.split(separator: "\n").count == 1)
    }
    // To read is allowed, and says what is not there yet.
    let report = try CommandRunner.run(["study", "report", study.out.path, "--format", "markdown"])
    #expect(report.status == 0)
    #expect(report.runningOutput.contains("The study is incomplete: 80,000 fits were planned."))
    first.send(signal: SIGTERM)
    #expect(try first.wait().status == 75)
  }
}
