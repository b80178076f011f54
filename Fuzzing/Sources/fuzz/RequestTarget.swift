import Foundation

@testable import CalculatorAPI
@testable import PoissonGLMM

/// The JSON of requests: of the calculator's server, and of the documented function.
enum RequestTarget {
  static func read(_ bytes: [UInt8]) {
    FuzzTarget.attempt { _ = try ModelRequest(json: bytes, predicts: true, limits: .init()) }
    FuzzTarget.attempt { _ = try GLMMPoissonRequest(json: bytes) }
  }
}
