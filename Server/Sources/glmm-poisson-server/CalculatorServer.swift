import CalculatorAPI
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NIOPosix
import ServeArguments
import ServiceLifecycle
import UnixSignals

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The server, from its start to its end.
struct CalculatorServer {
  /// Connections at once; others wait until one is free.
  private static let connections = 1000
  /// After a signal to end, fits have this time to give their answers.
  private static let graceOfFits = Duration.seconds(3)
  /// Then connections have this time to close, and the process ends whatever is left.
  private static let graceOfConnections = Duration.seconds(1)

  private let arguments: ServeArguments
  private let workers: FitWorkers
  private let runs = RequestRuns()
  private let builder: HTTPServerBuilder

  /// - Throws: `ServerFailure` if the certificate or its key cannot be used.
  init(_ arguments: ServeArguments) throws {
    self.arguments = arguments
    workers = FitWorkers(fits: arguments.fits ?? System.coreCount)
    builder = try Self.builder(arguments, runs: runs)
  }

  private static func builder(
    _ arguments: ServeArguments, runs: RequestRuns
  ) throws -> HTTPServerBuilder {
    var decoder = HTTP1Channel.Configuration.DecoderConfiguration()
    decoder.maxHeaderFieldSize = 8 * 1024
    decoder.maxHeaderListSize = 16 * 1024
    decoder.maxHeaderFieldCount = 100
    let plain = HTTPServerBuilder.http1(
      configuration: .init(
        additionalChannelHandlers: [ConnectionDeadlines(.init(), runs: runs)],
        httpDecoderConfiguration: decoder))
    guard let certificate = arguments.certificate, let key = arguments.key else { return plain }
    return try .tls(plain, tlsConfiguration: ServerCertificate.configuration(certificate, key: key))
  }

  /// Serves until a signal ends it.
  /// - Throws: `ServerFailure` if it cannot listen.
  func run() async throws {
    var limits = RequestLimits()
    limits.seconds = arguments.timeLimit
    let responder = CalculatorResponder(
      limits: limits, workers: workers, runs: runs, isSecure: arguments.certificate != nil,
      address: arguments.address.flatMap(ServerAddress.init),
      log: RequestLog(isQuiet: arguments.quiet))
    let announcement = Announcement(
      host: arguments.bind, isSecure: arguments.certificate != nil)
    let silent = Logger(label: "server") { _ in SwiftLogNoOpLogHandler() }
    let application = Application(
      responder: responder, server: builder,
      configuration: .init(
        address: .hostname(arguments.bind, port: arguments.port),
        availableConnectionsDelegate: MaximumAvailableConnections(
          Self.connections, logger: silent)),
      onServerRunning: { [port = arguments.port] channel in
        announcement.write(port: channel.localAddress?.port ?? port)
      }, logger: silent)
    let group = ServiceGroup(configuration: .init(services: [application], logger: silent))
    let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
    let ending = Task { [runs] in
      for await _ in signals {
        await group.triggerGracefulShutdown()
        try await Task.sleep(for: Self.graceOfFits)
        runs.cancelAll()
        try await Task.sleep(for: Self.graceOfConnections)
        exit(0)
      }
    }
    defer { ending.cancel() }
    do {
      try await group.run()
    } catch let error as IOError {
      throw ServerFailure(
        exitStatus: ServerFailure.inputOutput,
        sentence: "Cannot listen on \(arguments.bind), port \(arguments.port): "
          + "\(String(cString: strerror(error.errnoCode))).")
    } catch {
      let reason = error is SocketAddressError.UnknownHost ? "There is no such host." : "\(error)"
      throw ServerFailure(
        exitStatus: ServerFailure.inputOutput,
        sentence: "Cannot listen on \(arguments.bind), port \(arguments.port): \(reason)")
    }
  }
}
