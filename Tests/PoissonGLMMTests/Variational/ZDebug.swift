import Testing
import Foundation
@testable import PoissonGLMM
@Test func zdebug() throws {
    let d = try RandomDesign(number: 22)
    let m = try d.model()
    let x = NewtonMaximizer(m, options: FitOptions())
    let o = try x.maximize()
    print("ZZ", o.logSDMean, o.fixedMean, o.randomMean, o.fixedCovariance, o.randomVariance)
    var s = o.logSDMean
    for _ in 0..<12 { s[0] += 0.3; let h = try x.maximize(holding: s); print("ZZ", s, h.bound, h.iterations, h.stopReason, h.gradient, h.randomMean, h.randomVariance, h.fixedMean) }
}
