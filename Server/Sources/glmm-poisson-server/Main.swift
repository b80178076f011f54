import ArgumentParser
import CalculatorAPI
import CalculatorPage
import Hummingbird

@main
struct GLMMPoissonServer: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "glmm-poisson-server")

  @Option var bind = "127.0.0.1"
  @Option var port = 8080

  func run() async throws {
    let router = Router()
    for asset in CalculatorAsset.all {
      router.get(RouterPath(asset.path)) { _, _ in
        Response(
          status: .ok, headers: [.contentType: asset.mediaType],
          body: ResponseBody(byteBuffer: ByteBuffer(bytes: asset.bytes)))
      }
    }
    router.post("/page/answer") { request, _ in
      let body = try await request.body.collect(upTo: RequestLimits().bodyBytes)
      do {
        let answer = try calculatorAnswer([UInt8](buffer: body), limits: RequestLimits())
        return Response(
          status: .ok, headers: [.contentType: "application/json"],
          body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer)))
      } catch {
        return Response(
          status: .internalServerError, headers: [.contentType: "application/problem+json"],
          body: ResponseBody(byteBuffer: ByteBuffer(string: "\(error)")))
      }
    }
    router.get("/api/version") { _, _ in "{}" }
    let application = Application(
      router: router, configuration: .init(address: .hostname(bind, port: port)))
    try await application.runService()
  }
}
