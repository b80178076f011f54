import Foundation
import GSLNumerics

/// 1 to 12 counts up to 10^6 or all zero, with `terms` columns of scale 10^-3 to 10^3, sometimes
/// one column twice.
func extremeCountsAndColumns(
  terms: Int, from stream: RandomStream
) -> (counts: [Double], columns: [[Double]]) {
  let n = stream.uniformInteger(in: 1...12)
  let allZero = stream.uniform() < 0.3
  let counts = (0..<n).map { _ in
    allZero ? 0 : stream.poisson(mean: exp(stream.uniform(from: -3, to: 14)))
  }
  var columns = (0..<terms).map { _ in
    let scale = exp(stream.uniform(from: -7, to: 7))
    return (0..<n).map { _ in stream.uniform() < 0.3 ? scale : scale * stream.normal() }
  }
  if terms > 1, stream.uniform() < 0.2 { columns[1] = columns[0] }
  return (counts, columns)
}
