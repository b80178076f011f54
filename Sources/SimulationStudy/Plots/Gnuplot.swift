import Foundation
import PoissonGLMM

/// The program gnuplot, which draws one figure a call.
struct Gnuplot: Sendable {
  /// Why there is no picture, in words that may follow a colon.
  struct Failure: Error, Equatable {
    let reason: String
  }

  let executable: URL
  /// Far more than any figure takes.
  var timeLimit = 30.0

  /// The program as a shell would find it.
  /// - Parameter path: folders with colons between them, as in the environment variable `PATH`.
  /// - Returns: nil if it is in none of them.
  static func find(path: String? = ProcessInfo.processInfo.environment["PATH"]) -> Gnuplot? {
    for folder in (path ?? "").split(separator: ":") {
      let file = "\(folder)/gnuplot"
      if FileManager.default.isExecutableFile(atPath: file) {
        return Gnuplot(executable: URL(fileURLWithPath: file))
      }
    }
    return nil
  }

  /// The SVG document of a figure.
  /// - Throws: `Failure` where gnuplot does not start, fails, hangs, or gives no whole document.
  func svg(of figure: Figure, alternative: String) throws(Failure) -> String {
    let output = try run(GnuplotScript.text(of: figure))
    let height = FigureLayout(figure).height
    guard
      let svg = FigureSVG.text(
        of: output, name: figure.name, alternative: alternative, height: height)
    else { throw Failure(reason: "gnuplot wrote no SVG") }
    return svg
  }

  /// What gnuplot writes to standard output. Its streams are files without names: unlike pipes they
  /// take everything at once, and they go away with this process, however it ends.
  private func run(_ script: String) throws(Failure) -> String {
    guard let input = Self.namelessFile(), let output = Self.namelessFile(),
      let messages = Self.namelessFile()
    else { throw Failure(reason: "no temporary file can be made") }
    guard FileDescriptor.write(script, to: input.fileDescriptor) == 0,
      (try? input.seek(toOffset: 0)) != nil
    else { throw Failure(reason: "the temporary file system is full") }
    let process = Process()
    process.executableURL = executable
    // Nobody's settings: the same picture for everyone.
    process.arguments = ["-d"]
    process.environment = ["LC_ALL": "C", "PATH": "/usr/bin:/bin"]
    process.standardInput = input
    process.standardOutput = output
    process.standardError = messages
    let ended = DispatchSemaphore(value: 0)
    process.terminationHandler = { _ in ended.signal() }
    do {
      try process.run()
    } catch {
      throw Failure(reason: "'\(executable.path)' cannot be started")
    }
    guard ended.wait(timeout: .now() + timeLimit) == .success else {
      kill(process.processIdentifier, SIGKILL)
      ended.wait()
      throw Failure(reason: "gnuplot did not end within \(Int(timeLimit)) s")
    }
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      let complaint = Self.content(of: messages).split(separator: "\n").last {
        $0.contains { $0.isLetter }
      }
      let detail = complaint.map { ": " + $0.trimmingCharacters(in: .whitespaces) } ?? ""
      throw Failure(reason: "gnuplot failed" + detail)
    }
    return Self.content(of: output)
  }

  private static func content(of file: FileHandle) -> String {
    guard (try? file.seek(toOffset: 0)) != nil, let data = try? file.readToEnd() else { return "" }
    return String(decoding: data, as: UTF8.self)
  }

  private static func namelessFile() -> FileHandle? {
    let folder = FileManager.default.temporaryDirectory.path
    var template = Array("\(folder)/glmm-poisson-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { return nil }
    unlink(template)
    return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }
}
