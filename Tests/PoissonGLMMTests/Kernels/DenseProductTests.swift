import CVectorKernels
import Foundation
import Testing

@testable import PoissonGLMM

/// Products of the vectors of each set of instructions beside the plain sum.
struct DenseProductTests {
  struct Sizes: CustomTestStringConvertible {
    let rows, columns, depth: Int
    var testDescription: String { "\(rows) x \(columns), depth \(depth)" }
  }

  /// Bands and tiles whole and cut, and more depth and columns than are packed at once.
  static let sizes = [
    Sizes(rows: 4, columns: 4, depth: 1), Sizes(rows: 8, columns: 12, depth: 5),
    Sizes(rows: 20, columns: 20, depth: 64), Sizes(rows: 36, columns: 28, depth: 300),
    Sizes(rows: 300, columns: 300, depth: 257), Sizes(rows: 12, columns: 0, depth: 3),
    Sizes(rows: 12, columns: 8, depth: 0),
  ]

  /// Those that this processor has.
  static let instructions =
    (vector_instructions_baseline.rawValue...vector_instructions_here().rawValue).map {
      vector_instructions(rawValue: $0)
    }

  @Test("The bits of a plain sum, whatever the processor's vectors", arguments: sizes)
  func bits(sizes: Sizes) {
    for set in Self.instructions {
      for shape in [DenseProduct.Shape.full, .lowerResult] {
        for isSubtracted in [false, true] {
          expectPlainSum(sizes, shape, isSubtracted, DenseProduct(instructions: set))
        }
      }
    }
  }

  @Test("A triangular right operand is read up to its diagonal", arguments: [4, 12, 64, 68])
  func triangular(order: Int) {
    let sizes = Sizes(rows: 20, columns: order, depth: order)
    for set in Self.instructions {
      expectPlainSum(sizes, .lowerRight, false, DenseProduct(instructions: set))
    }
  }

  /// The sum in the order in which the product is documented to add: by blocks of 256 of the depth.
  private func expectPlainSum(
    _ sizes: Sizes, _ shape: DenseProduct.Shape, _ isSubtracted: Bool, _ product: DenseProduct
  ) {
    // Rows further apart than they are long, as in a part of a larger matrix.
    let (targetStride, depthStride) = (sizes.columns + 5, sizes.depth + 3)
    let left = numbers(sizes.rows * depthStride, seed: 1)
    let right = numbers(sizes.columns * depthStride, seed: 2)
    if shape == .lowerRight {
      for row in 0..<sizes.columns {
        for k in (row + 1)..<max(sizes.depth, row + 1) { right.pointer[row * depthStride + k] = 0 }
      }
    }
    let found = numbers(sizes.rows * targetStride, seed: 3)
    let start = found.array
    product.add(
      to: .init(start: found.pointer, stride: targetStride), rows: sizes.rows,
      columns: sizes.columns, depth: sizes.depth,
      left: .init(start: left.pointer, stride: depthStride),
      right: .init(start: right.pointer, stride: depthStride), shape: shape,
      isSubtracted: isSubtracted)
    var differing = 0
    for row in 0..<sizes.rows {
      for column in 0..<targetStride {
        let index = row * targetStride + column
        var expected = start[index]
        // Tiles of four.
        let isComputed =
          column < sizes.columns && (shape != .lowerResult || column / 4 <= row / 4)
        for block in stride(from: 0, to: isComputed ? sizes.depth : 0, by: 256) {
          var sum = 0.0
          for k in block..<min(block + 256, sizes.depth) {
            sum += left.pointer[row * depthStride + k] * right.pointer[column * depthStride + k]
          }
          expected = isSubtracted ? expected - sum : expected + sum
        }
        if expected.bitPattern != found.pointer[index].bitPattern { differing += 1 }
      }
    }
    #expect(differing == 0, "\(shape), subtracted: \(isSubtracted)")
  }

  /// Numbers between -1 and 1 of all digits, and the odd one of another size.
  private func numbers(_ count: Int, seed: UInt64) -> DoubleStorage {
    let storage = DoubleStorage(count: max(count, 1))
    var state = seed
    for index in 0..<count {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let unit = Double(state >> 11) * 0x1p-52 - 1
      storage.pointer[index] = index % 17 == 0 ? unit * 1e9 : unit
    }
    return storage
  }
}
