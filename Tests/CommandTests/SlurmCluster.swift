import Foundation

/// A real Slurm cluster of one node on this machine's loopback, until the last reference goes.
final class SlurmCluster {
  let folder: TemporaryFolder
  private let daemons = Process()

  struct NotReady: Error, CustomStringConvertible { let description: String }

  /// The daemons are there and may be started.
  static let isInstalled =
    geteuid() == 0
    && ["slurmctld", "slurmd", "munged", "munge"].allSatisfy { program in
      ["/usr/sbin/", "/usr/bin/"].contains {
        FileManager.default.isExecutableFile(atPath: $0 + program)
      }
    }

  /// - Parameter requeueExit: whether a task that exits with 75 is run again by Slurm itself, which
  ///   by default it is not.
  init(requeueExit: Bool = false) throws {
    folder = try TemporaryFolder()
    for name in ["munge", "state", "spool", "log"] {
      try FileManager.default.createDirectory(
        at: folder.url.appending(path: name), withIntermediateDirectories: false,
        attributes: [.posixPermissions: 0o755])
    }
    let key = folder.url.appending(path: "munge/key")
    try Data((0..<128).map { _ in UInt8.random(in: 0...255) }).write(to: key)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: key.path)
    // An earlier test run may still hold its ports.
    let port = Int.random(in: 20_000...50_000)
    try folder.write(configuration(port: port, requeueExit: requeueExit), to: "slurm.conf")

    try startDaemons()
    try wait(for: "an idle node") { try self.run("sinfo -h -o %T").output.contains("idle") }
  }

  deinit {
    _ = try? run("scancel --user=root")
    daemons.terminate()
    daemons.waitUntilExit()
  }

  private func path(_ name: String) -> String { folder.url.appending(path: name).path }

  /// Runs a shell command as a user of the cluster, in its folder.
  func run(_ command: String) throws -> CommandRunner.Result {
    try CommandRunner.run(
      ["-c", "export SLURM_CONF='\(path("slurm.conf"))'; timeout 30 \(command)"],
      executable: URL(fileURLWithPath: "/bin/sh"), folder: folder.url)
  }

  func wait(for what: String, _ isTrue: () throws -> Bool) throws {
    for _ in 0..<600 {
      if try isTrue() { return }
      usleep(100_000)
    }
    let log = try? run("tail -n 5 log/*.log; squeue").output
    throw NotReady(description: "waited a minute for \(what): \(log ?? "")")
  }

  /// The daemons are children of a shell, and not of this process: they close the descriptor by
  /// which Foundation notices that a child has ended, and Foundation would then wait for them
  /// forever. The shell's signals are reset, because the threads of tests block them and the
  /// daemons would inherit that.
  private func startDaemons() throws {
    let munge = path("munge")
    daemons.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    daemons.arguments = [
      "--default-signal", "SLURM_CONF=\(path("slurm.conf"))", "/bin/sh", "-c",
      """
      PATH=/usr/sbin:$PATH
      munged -F --key-file=\(munge)/key --socket=\(munge)/sock --pid-file=\(munge)/pid \
        --log-file=\(path("log"))/munged.log --seed-file=\(munge)/seed & munged=$!
      while [ ! -S \(munge)/sock ]; do sleep 0.1; done
      slurmctld -D & slurmctld=$!
      slurmd -D -N n0 & slurmd=$!
      trap 'kill $slurmd $slurmctld $munged; sleep 1; kill -9 $slurmd $slurmctld $munged; exit' TERM
      wait
      """,
    ]
    daemons.standardInput = FileHandle.nullDevice
    daemons.standardOutput = FileHandle.nullDevice
    daemons.standardError = FileHandle.nullDevice
    try daemons.run()
  }

  private func configuration(port: Int, requeueExit: Bool) throws -> String {
    let name = try CommandRunner.run(["-s"], executable: URL(fileURLWithPath: "/bin/hostname"))
      .output.trimmingCharacters(in: .whitespacesAndNewlines)
    return """
      ClusterName=test
      SlurmctldHost=\(name)(127.0.0.1)
      SlurmctldPort=\(port)
      SlurmdPort=\(port + 1)
      SlurmUser=root
      AuthType=auth/munge
      AuthInfo=socket=\(path("munge"))/sock,cred_expire=5
      CommunicationParameters=NoCtldInAddrAny,NoInAddrAny,DisableIPv6
      StateSaveLocation=\(path("state"))
      SlurmdSpoolDir=\(path("spool"))
      SlurmctldPidFile=\(path("slurmctld.pid"))
      SlurmdPidFile=\(path("slurmd.pid"))
      SlurmctldLogFile=\(path("log"))/slurmctld.log
      SlurmdLogFile=\(path("log"))/slurmd.log
      ProctrackType=proctrack/linuxproc
      TaskPlugin=task/none
      MpiDefault=none
      JobAcctGatherType=jobacct_gather/none
      AccountingStorageType=accounting_storage/none
      MailProg=/bin/true
      SelectType=select/cons_tres
      SelectTypeParameters=CR_CPU
      ReturnToService=2
      \(requeueExit ? "RequeueExit=75" : "")
      MinJobAge=3600
      SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0
      SlurmdParameters=config_overrides
      NodeName=n0 NodeHostname=\(name) NodeAddr=127.0.0.1 CPUs=2
      PartitionName=main Nodes=n0 Default=YES

      """
  }
}
