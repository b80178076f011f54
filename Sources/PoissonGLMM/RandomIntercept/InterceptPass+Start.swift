import PlatformEssentials

extension InterceptPass {
  /// The normal equations of a weighted least-squares fit to the log counts, for the start of a
  /// fit: rates y_i + 1/2, working response log(y_i + 1/2) - o_i, w = 1.
  ///
  /// `groups` takes C_j, Q_j and, as means, Q_j sum_i r_i with r_i = (y_i + 1/2) (log(y_i + 1/2) -
  /// o_i); `sums` takes the Gram matrix, the Schur share, X'r (as the first p of `responseSchur`)
  /// and the groups' share of it, sum_j Q_j C_j sum_i r_i (as `ratesSlope`).
  func startFromLogCounts(into groups: InterceptGroups, sums: InterceptSums) {
    let source = source
    let data = source.data
    let p = data.shape.fixedCount
    let logs = LogHalfCounts()
    groups.regression.fill(with: 0)
    let groupCount = data.shape.groupCount
    accumulate(into: sums) { base, range, sums in
      let tile = InterceptTile(source, scratch: base)
      let response = base + InterceptTile.scratchSize(source)
      let border = response + InterceptTile.rows
      for group in range {
        let rows = data.groupStarts[group]..<data.groupStarts[group + 1]
        border.update(repeating: 0, count: p)
        var (rateSum, responseSum) = (0.0, 0.0)
        for first in stride(from: rows.lowerBound, to: rows.upperBound, by: InterceptTile.rows) {
          let count = min(InterceptTile.rows, rows.upperBound - first)
          for i in 0..<count {
            let rate = data.counts.pointer[first + i] + 0.5
            tile.rate[i] = rate
            response[i] =
              rate * (logs[data.counts.pointer[first + i]] - data.offset.pointer[first + i])
          }
          (tile.rate + count).update(repeating: 0, count: 8)
          tile.addGram(first: first, count: count, to: sums.gram)
          for (position, c) in source.varyingColumns.enumerated() {
            let x = data.fixedDesign.pointer + c * data.rowCount + first
            border[c] += tile.weightedSum(position, count: count)
            sums.responseSchur[c] += dotProduct(response, x, count)
          }
          rateSum += sum(tile.rate, count)
          responseSum += sum(response, count)
        }
        if let ones = source.onesColumn {
          border[ones] = rateSum
          sums.responseSchur[ones] += responseSum
        }
        sums.expectedCount.pointee += rateSum
        let variance = 1 / (rateSum + 1)
        groups.variance.pointer[group] = variance
        groups.mean.pointer[group] = variance * responseSum
        for c in 0..<p {
          groups.border.pointer[c * groupCount + group] = border[c]
          let regression = variance * border[c]
          sums.rates[c] += border[c]
          sums.ratesSlope[c] += regression * responseSum
          for d in 0...c { sums.schur[c * (c + 1) / 2 + d] += regression * border[d] }
        }
      }
    }
  }
}
