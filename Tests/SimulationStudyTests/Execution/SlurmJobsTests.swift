import Foundation
import Testing

@testable import SimulationStudy

/// The script of a task, run by a shell with programs in the places of `glmm-poisson` and
/// `scontrol`.
@Suite struct SlurmJobsTests {
  private final class Task {
    let fixture: StoreFixture
    private let process = Process()

    /// - Parameters:
    ///   - command: what `glmm-poisson` does.
    ///   - state: of the job, as Slurm calls it.
    init(shell: String, command: String, state: String = "RUNNING", restarts: Int? = nil) throws {
      fixture = try StoreFixture()
      let folder = fixture.directory.path
      let jobs = SlurmJobs(
        executable: folder + "/glmm-poisson",
        recipe: StudyRecipe(scenarios: ["a b.yml"], replicates: 8), out: folder + "/the study",
        tasks: 4)
      for (name, text) in [
        ("glmm-poisson", "echo \"$@\" > '\(folder)/arguments'; \(command)"),
        ("scontrol", "echo \"$@\" >> '\(folder)/asked'; echo JobState=\(state)"),
        ("script", jobs.arrayScript),
      ] {
        let file = fixture.directory.appending(path: name)
        try Data((text.hasPrefix("#!") ? text : "#!/bin/sh\n" + text + "\n").utf8).write(to: file)
        chmod(file.path, 0o755)
      }
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments =
        [
          "--default-signal", "PATH=\(folder):/usr/bin:/bin", "SLURM_ARRAY_TASK_ID=2",
          "SLURM_ARRAY_JOB_ID=7",
        ] + (restarts.map { ["SLURM_RESTART_COUNT=\($0)"] } ?? []) + [shell, folder + "/script"]
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
    }

    func text(_ name: String) -> String {
      (try? String(contentsOf: fixture.directory.appending(path: name), encoding: .utf8)) ?? ""
    }

    /// - Returns: the exit status, and whether the task has asked to be queued again.
    func wait() -> (status: Int32, isRequeued: Bool) {
      process.waitUntilExit()
      let status = process.terminationReason == .exit ? process.terminationStatus : -1
      return (status, text("asked").contains("requeue 7_2"))
    }

    func terminate() { kill(process.processIdentifier, SIGTERM) }
  }

  private static let shells = ["/bin/sh", "/bin/bash"]

  @Test(
    arguments: shells,
    [
      ("exit 0", 0, false), ("exit 65", 65, false), ("exit 75", 75, true),
      ("kill -9 $$", 137, true), ("kill -TERM $$", 143, true),
    ] as [(String, Int32, Bool)])
  func whatWasStoppedOrKilledIsQueuedAgain(
    shell: String, expected: (command: String, status: Int32, isRequeued: Bool)
  ) throws {
    let task = try Task(shell: shell, command: expected.command)
    let (status, isRequeued) = task.wait()
    #expect(status == expected.status)
    #expect(isRequeued == expected.isRequeued)
    #expect(
      task.text("arguments")
        == "study run a b.yml --replicates 8 --out \(task.fixture.directory.path)/the study/shards/"
        + "2-of-4 --shard 2/4 --workers 1 --quiet\n")
  }

  @Test(arguments: shells) func theNumberOfRerunsIsBounded(shell: String) throws {
    let most = SlurmJobs.maximumReruns
    let last = try Task(shell: shell, command: "kill -9 $$", restarts: most - 1).wait()
    #expect(last.isRequeued)
    // Not 75, which RequeueExit would take for one more reason to run it again.
    let beyond = try Task(shell: shell, command: "exit 75", restarts: most).wait()
    #expect(beyond == (1, false))
  }

  /// `scancel` stops the task too, and it must not come back.
  @Test(arguments: shells) func aCancelledTaskStaysCancelled(shell: String) throws {
    let task = try Task(shell: shell, command: "exit 75", state: "CANCELLED")
    #expect(task.wait() == (75, false))
    #expect(task.text("asked") == "show job 7_2\n")
  }

  /// Slurm signals the shell a minute before the time is up; it is the command that has to stop.
  @Test(arguments: shells) func theSignalIsPassedOn(shell: String) throws {
    let task = try Task(
      shell: shell,
      command: "trap 'sleep 0.2; exit 75' TERM; echo > \"$0.ready\"; while :; do sleep 0.05; done")
    for _ in 0..<500 where task.text("glmm-poisson.ready").isEmpty { usleep(10_000) }
    task.terminate()
    #expect(task.wait() == (75, true))
  }
}
