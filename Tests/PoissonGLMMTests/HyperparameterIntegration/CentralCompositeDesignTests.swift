import Foundation
import Testing

@testable import PoissonGLMM

@Suite struct CentralCompositeDesignTests {
  @Test(arguments: [4, 5, 6, 7, 10, 12], [true, false])
  func secondMomentsOfANormalAreExact(dimensions: Int, isFraction: Bool) {
    let design = CentralCompositeDesign(dimensions: dimensions, isFraction: isFraction)
    var mass = 0.0
    var moments = [Double](repeating: 0, count: dimensions * dimensions)
    for (point, weight) in zip(design.points, design.weights) {
      let square = point.reduce(0) { $0 + $1 * $1 }
      let share = weight * exp(-square / 2)
      mass += share
      for k in 0..<dimensions {
        for l in 0..<dimensions { moments[k * dimensions + l] += share * point[k] * point[l] }
      }
    }
    #expect((mass - 1).magnitude < 1e-12)
    for k in 0..<dimensions {
      for l in 0..<dimensions {
        #expect((moments[k * dimensions + l] - (k == l ? 1 : 0)).magnitude < 1e-12)
      }
    }
  }

  /// Sizes of the smallest two-level fractions of resolution V with these columns, as in table III
  /// of Sanchez & Sanchez (2005).
  @Test(arguments: zip([3, 4, 5, 6, 7, 8, 9, 11, 12], [8, 16, 16, 32, 64, 64, 128, 128, 256]))
  func cornersAreFew(dimensions: Int, corners: Int) {
    let design = CentralCompositeDesign(dimensions: dimensions, isFraction: true)
    #expect(design.points.count == 1 + 2 * dimensions + corners)
    let whole = CentralCompositeDesign(dimensions: 4, isFraction: false)
    #expect(whole.points == CentralCompositeDesign(dimensions: 4, isFraction: true).points)
  }

  /// No product of up to four different coordinates has an average over the corners.
  @Test(arguments: [5, 7, 9])
  func theFractionHasResolutionFive(dimensions: Int) {
    let design = CentralCompositeDesign(dimensions: dimensions, isFraction: true)
    let corners = design.points.dropFirst(1 + 2 * dimensions)
    for set in 1..<(1 << dimensions) where set.nonzeroBitCount <= 4 {
      let sum = corners.reduce(0.0) { sum, point in
        sum + point.indices.reduce(1.0) { set >> $1 & 1 == 0 ? $0 : $0 * point[$1] }
      }
      #expect(sum.magnitude < 1e-9, "\(set)")
    }
  }
}
