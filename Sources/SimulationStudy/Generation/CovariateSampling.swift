import GSLNumerics
import PoissonGLMM

/// Draws covariates one after the other, each for all rows or all levels of a factor, so that
/// another covariate at the end leaves those before it as they were.
struct CovariateSampler {
  let layout: RowLayout
  let stream: RandomStream
  private(set) var columns: [DesignColumn] = []

  init(_ covariates: [Covariate], layout: RowLayout, from stream: RandomStream)
    throws(GenerationError)
  {
    self.layout = layout
    self.stream = stream
    for covariate in covariates {
      let new = draw(covariate, among: covariates)
      guard new.allSatisfy({ $0.values.allSatisfy(\.isFinite) }) else {
        throw GenerationError("the covariate \(covariate.name) has values too large for a double.")
      }
      columns += new
    }
  }

  /// The covariate's columns: one, or for a categorical one a column for each level but the first.
  private func draw(
    _ covariate: Covariate, among covariates: [Covariate]
  ) -> [DesignColumn] {
    switch covariate.distribution {
    case .time(let start, let step):
      return [
        .init(
          name: covariate.name,
          values: layout.positionInCell.map { start + step * Double($0) })
      ]
    case .categorical:
      let levelOfRow = places(of: covariate)
      return covariate.columnNames.enumerated().map { position, name in
        .init(name: name, values: levelOfRow.map { $0 == Double(position + 1) ? 1 : 0 })
      }
    case .normal(let mean, let sd):
      guard let correlation = covariate.correlation,
        let partner = covariates.first(where: { $0.name == correlation.covariate }),
        case .normal(let partnerMean, let partnerSD) = partner.distribution,
        let values = columns.first(where: { $0.name == partner.name })?.values
      else { break }
      let rest = (1 - correlation.coefficient * correlation.coefficient).squareRoot()
      let own = perRow(covariate.level) { stream.normal() }
      return [
        .init(
          name: covariate.name,
          values: zip(own, values).map { z, value in
            mean + sd * (correlation.coefficient * ((value - partnerMean) / partnerSD) + rest * z)
          })
      ]
    case .bernoulli where covariate.allocation != .chance:
      return [.init(name: covariate.name, values: places(of: covariate))]
    case .uniform, .bernoulli: break
    }
    let values = perRow(covariate.level) { covariate.distribution.draw(from: stream) }
    return [.init(name: covariate.name, values: values)]
  }

  /// By row, the place of its value among those that are shared out.
  private func places(of covariate: Covariate) -> [Double] {
    let shares = covariate.distribution.shares.map(\.share)
    guard covariate.allocation != .chance else {
      return perRow(covariate.level) { Double(stream.category(weights: shares) ?? 0) }
    }
    guard case .factor(let name) = covariate.level, let levels = layout.levels(of: name) else {
      let strata = ExactShares.strata(
        covariate.allocation, count: layout.rows
      ) { layout.levels(of: $0)?.ofRow }
      return ExactShares.places(shares, strata: strata, from: stream).map(Double.init)
    }
    let strata = ExactShares.strata(covariate.allocation, count: levels.count) { factor in
      layout.levels(of: factor).map { coarser in
        // A level without a row is in none of the coarser ones.
        var ofLevel = [Int](repeating: -1, count: levels.count)
        for (level, own) in zip(levels.ofRow, coarser.ofRow) { ofLevel[level] = own }
        return ofLevel
      }
    }
    let ofLevel = ExactShares.places(shares, strata: strata, from: stream)
    return levels.ofRow.map { Double(ofLevel[$0]) }
  }

  /// One number a row: drawn for each row, or once for each level and repeated over its rows.
  private func perRow(_ level: Covariate.Level, _ draw: () -> Double) -> [Double] {
    guard case .factor(let name) = level, let levels = layout.levels(of: name) else {
      return (0..<layout.rows).map { _ in draw() }
    }
    let ofLevel = (0..<levels.count).map { _ in draw() }
    return levels.ofRow.map { ofLevel[$0] }
  }
}

extension Covariate.Distribution {
  fileprivate func draw(from stream: RandomStream) -> Double {
    switch self {
    case .normal(let mean, let sd): stream.normal(mean: mean, sd: sd)
    case .uniform(let range): stream.uniform(from: range.lower, to: range.upper)
    case .bernoulli(let probability): stream.bernoulli(probability: probability)
    case .categorical, .time: .nan
    }
  }
}
