import ArgumentParser
import CalculatorAPI

/// The options of `glmm-poisson serve`, which are those of `glmm-poisson-server`.
public struct ServeArguments: ParsableArguments {
  /// The words that describe what both commands do.
  public static let discussion = """
    A page where people paste cells and read an answer, and an API for programs:

      glmm-poisson serve --port 8080

    then http://127.0.0.1:8080 in a browser, which works without the Internet. Nothing is stored, \
    and the log on standard error names no data. Programs send JSON:

      POST /api/call       a request of 'glmm-poisson call'
      POST /api/fit        a formula, data and options; the answer is that of
                           'fit --format json'
      POST /api/predict    the same with new rows; as 'predict --format json'
      GET /api/version     the version of the server
      GET /openapi.json    how all of them are written (OpenAPI 3.1)
      GET /excel/manifest.xml, /sheets/Code.gs
                           the function for Excel and Google Sheets

    What cannot be answered is an application/problem+json whose "detail" is the sentence that the \
    command prints: 400 malformed, 413 too large, 415 not JSON, 422 data that the model cannot \
    take, 503 busy, with the seconds to wait in Retry-After, and 504 no result in time.

    As many fits as the machine has processors run at once, a few more wait, and the others are \
    told to come back. SIGTERM and SIGINT end the server within 5 s; fits that are under way are \
    given 3 s.

    Others reach it only if --bind names an address of the network; 0.0.0.0 is all of them. It \
    asks nobody for a password: whoever reaches it can use it. Excel insists on HTTPS, for which \
    there are --certificate and --key, or another server in front, whose address --address tells.
    """

  /// The address to listen on.
  @Option(help: "The address to listen on; 127.0.0.1 is reached from this machine alone.")
  public var bind = "127.0.0.1"

  /// The port to listen on.
  @Option(help: "The port to listen on; 0 takes a free one.")
  public var port = 8080

  /// The certificate for HTTPS.
  @Option(
    help: ArgumentHelp(
      "The certificate for HTTPS, with those that vouch for it; --key is needed as well.",
      valueName: "file.pem"),
    completion: .file(extensions: ["pem"]))
  public var certificate: String?

  /// The private key of the certificate.
  @Option(
    help: ArgumentHelp("The private key of the certificate.", valueName: "file.pem"),
    completion: .file(extensions: ["pem"]))
  public var key: String?

  /// The address by which users know the server.
  @Option(
    help: ArgumentHelp(
      "The address by which users reach the server, as in https://counts.example.org, for the "
        + "files of Excel and Google Sheets. (default: that of the request)", valueName: "url"))
  public var address: String?

  /// The seconds that a fit may take.
  @Option(help: "The seconds that an answer may take; then the fit is cancelled.")
  public var timeLimit = RequestLimits().seconds

  /// The fits at once.
  @Option(
    help: ArgumentHelp(
      "The number of fits at once. (default: one per processor)", valueName: "number"))
  public var fits: Int?

  /// Whether nothing is logged.
  @Flag(help: "Log no requests on standard error.")
  public var quiet = false

  /// The options with their defaults.
  public init() {}

  /// Requires that all options make sense together.
  public func validate() throws {
    guard (0...65535).contains(port) else {
      throw ValidationError("--port must lie between 0 and 65535, not \(port).")
    }
    guard (certificate == nil) == (key == nil) else {
      throw ValidationError("--certificate and --key go together.")
    }
    guard timeLimit > 0, timeLimit <= 3600 else {
      throw ValidationError("--time-limit must lie between 0 and 3600 seconds, not \(timeLimit).")
    }
    if let fits, !(1...1024).contains(fits) {
      throw ValidationError("--fits must lie between 1 and 1024, not \(fits).")
    }
    if let address, ServerAddress(address) == nil {
      throw ValidationError(
        "--address must be as https://counts.example.org, without a path, not '\(address)'.")
    }
  }
}
