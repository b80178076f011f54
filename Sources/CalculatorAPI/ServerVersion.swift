import CSourceCommit
import PoissonGLMM

/// The version of the server.
public enum ServerVersion {
  private static let commit = String(cString: source_commit())

  /// The version, with the commit where it is known.
  public static let text = commit.isEmpty ? packageVersion : "\(packageVersion) (commit \(commit))"

  /// As `/api/version` tells it: JSON.
  public static let json: [UInt8] = {
    let members =
      ["\"version\":\"\(packageVersion)\""] + (commit.isEmpty ? [] : ["\"commit\":\"\(commit)\""])
    return Array("{\(members.joined(separator: ","))}\n".utf8)
  }()
}
