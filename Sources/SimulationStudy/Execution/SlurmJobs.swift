import PoissonGLMM

/// The batch scripts that run a study on a Slurm cluster: a job array with one task a shard, and a
/// job that joins the shards when all tasks have ended; and the commands that submit them.
package struct SlurmJobs: Sendable {
  /// The number of shards.
  let tasks: Int
  /// Folder of the scripts and logs.
  package let folder: String
  private let executable: String
  private let recipe: StudyRecipe
  private let out: String

  /// How often a task is run again. Each run goes on where the one before was; a task that is
  /// killed in the same place again and again comes to an end.
  package static let maximumReruns = 20

  /// - Parameters:
  ///   - executable: the path of `glmm-poisson` as the nodes of the cluster see it.
  ///   - out: the directory of the joined study; the shards are below it.
  package init(executable: String, recipe: StudyRecipe, out: String, tasks: Int) {
    self.executable = executable
    self.recipe = recipe
    self.out = out
    self.tasks = tasks
    folder = out + "/slurm"
  }

  package var arrayFile: String { folder + "/array.sh" }
  package var mergeFile: String { folder + "/merge.sh" }

  /// The batch script of the array. A task that is told to stop, also a minute before its time is
  /// up, or whose command is killed has itself queued again: it never counts as failed, whatever
  /// the cluster's `RequeueExit` is, and what depends on it waits.
  package var arrayScript: String {
    let words = ["study", "run"] + recipe.scenarios + replicates
    return """
      #!/bin/sh
      #SBATCH --job-name=glmm-poisson
      #SBATCH --array=1-\(tasks)
      #SBATCH --requeue
      #SBATCH --signal=B:TERM@60
      #SBATCH --open-mode=append
      #SBATCH --output="\(folder)/%A_%a.log"
      shard=$SLURM_ARRAY_TASK_ID
      task=${SLURM_ARRAY_JOB_ID}_$shard
      command=
      stopped=
      trap 'stopped=yes; [ -z "$command" ] || kill -TERM "$command" 2>/dev/null' TERM INT
      \(quoted([executable] + words)) \\
        --out \(ShellWord.quoted(out + "/shards"))/"$shard"-of-\(tasks) \
      --shard "$shard"/\(tasks) \\
        --workers "${SLURM_CPUS_PER_TASK:-1}" --quiet &
      command=$!
      # The signal may have come before there was a command to pass it on to.
      [ -z "$stopped" ] || kill -TERM "$command" 2>/dev/null
      wait "$command"
      status=$?
      # A signal ends the wait and not the command.
      while [ "$status" -gt 128 ] && kill -0 "$command" 2>/dev/null; do
        wait "$command"
        status=$?
      done
      # Stopped, or killed by a signal?
      [ "$status" -eq 75 ] || [ "$status" -gt 128 ] || exit "$status"
      if [ "${SLURM_RESTART_COUNT:-0}" -ge \(Self.maximumReruns) ]; then
        echo "Task $task was stopped or killed in each of \(Self.maximumReruns + 1) runs and is \
      given up."
        exit 1
      fi
      # A task that is being cancelled does not run any more and stays cancelled.
      case $(scontrol show job "$task") in
        *JobState=RUNNING*) scontrol requeue "$task" ;;
      esac
      # Where that is not allowed, RequeueExit=75 in the cluster's configuration does the same.
      exit "$status"

      """
  }

  /// The batch script of the job that joins the shards.
  package var mergeScript: String {
    """
    #!/bin/sh
    #SBATCH --job-name=glmm-poisson-merge
    #SBATCH --open-mode=append
    #SBATCH --output="\(folder)/merge-%j.log"
    exec \(quoted([executable, "study", "merge"])) \
    \(ShellWord.quoted(out + "/shards"))/*-of-\(tasks) \\
      --out \(ShellWord.quoted(out))

    """
  }

  /// The command that submits the array. The options that it needs come after the user's, because
  /// `sbatch` takes the last of two of a kind.
  package func arrayCommand(_ options: SbatchOptions) -> [String] {
    let dependency = options.dependency.map { ["--dependency=\($0)"] } ?? []
    let range = "--array=1-\(tasks)" + (options.limit.map { "%\($0)" } ?? "")
    return ["sbatch", "--parsable"] + options.common + dependency + [range, arrayFile]
  }

  /// The merge runs when every task has ended, however it has. If a shard is not whole then, it
  /// fails and says so, where a job that asked for success would wait forever.
  package func mergeCommand(_ options: SbatchOptions, array job: String) -> [String] {
    ["sbatch", "--parsable"] + options.common + ["--dependency=afterany:\(job)", mergeFile]
  }

  private var replicates: [String] {
    recipe.replicates.map { ["--replicates", String($0)] } ?? []
  }

  private func quoted(_ words: [String]) -> String {
    words.map(ShellWord.quoted).joined(separator: " ")
  }
}
