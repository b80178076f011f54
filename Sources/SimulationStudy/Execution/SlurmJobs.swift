/// The batch scripts that run a study on a Slurm cluster: a job array with one task a shard, and a job
/// that joins the shards when all of them are whole.
public struct SlurmJobs: Sendable {
  /// The number of shards.
  public let tasks: Int
  /// Folder of the scripts and logs.
  public let folder: String
  private let executable: String
  private let recipe: StudyRecipe
  private let out: String

  /// - Parameters:
  ///   - executable: the path of `glmm-poisson` as the nodes of the cluster see it.
  ///   - out: the directory of the joined study; the shards are below it.
  public init(executable: String, recipe: StudyRecipe, out: String, tasks: Int) {
    self.executable = executable
    self.recipe = recipe
    self.out = out
    self.tasks = tasks
    folder = out + "/slurm"
  }

  /// Of the array. A task that is told to stop, also a minute before its time is up, exits with status
  /// 75; where the cluster is configured with `RequeueExit=75` it is run again and goes on.
  public var arrayScript: String {
    let shard = "\"$SLURM_ARRAY_TASK_ID\""
    let words = ["study", "run"] + recipe.scenarios + replicates
    return """
      #!/bin/sh
      #SBATCH --job-name=glmm-poisson
      #SBATCH --array=1-\(tasks)
      #SBATCH --requeue
      #SBATCH --signal=B:TERM@60
      #SBATCH --open-mode=append
      #SBATCH --output="\(folder)/%A_%a.log"
      # The shell gives way to the command, which then gets the signals itself.
      exec \(quoted([executable] + words)) \\
        --out \(StudyRecipe.quoted(out + "/shards"))/\(shard)-of-\(tasks) --shard \(shard)/\(tasks) \\
        --workers "${SLURM_CPUS_PER_TASK:-1}" --quiet

      """
  }

  /// Of the job that joins the shards.
  public var mergeScript: String {
    """
    #!/bin/sh
    #SBATCH --job-name=glmm-poisson-merge
    #SBATCH --open-mode=append
    #SBATCH --output="\(folder)/merge-%j.log"
    exec \(quoted([executable, "study", "merge"])) \(StudyRecipe.quoted(out + "/shards"))/*-of-\(tasks) \\
      --out \(StudyRecipe.quoted(out))

    """
  }

  /// The dependency of the merge on every task. That on the array as a whole would never hold once a
  /// task had failed, even if it were run again and succeeded.
  public func dependency(onArray job: String) -> String {
    "afterok" + (1...tasks).map { ":\(job)_\($0)" }.joined()
  }

  private var replicates: [String] {
    recipe.replicates.map { ["--replicates", String($0)] } ?? []
  }

  private func quoted(_ words: [String]) -> String {
    words.map(StudyRecipe.quoted).joined(separator: " ")
  }
}
