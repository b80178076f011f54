import Foundation
import Testing

@testable import PoissonGLMM

@Suite struct DebugTests {
  @Test(arguments: 1...6) func modes(h: Int) throws {
    let d = KnownDensity.logGamma(h)
    let m = try d.mode(from: Array(repeating: 1.0, count: h))
    let g = m.evaluation.gradient.map { abs($0) }.max()!
    print("mode", h, m.evaluationCount, m.evaluation.value, g, m.curvatures)
  }
}
