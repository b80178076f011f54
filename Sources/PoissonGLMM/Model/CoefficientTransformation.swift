/// Fixed effects b as a linear function of effects b* that all have the prior
/// N(0, fixedEffectSD^2):
///
///     b_c = mean_c + scale_c b*_c      scale_c = sd_c / fixedEffectSD
///
/// A prior mean moves the offset by x_c mean_c, and an SD of its own multiplies the column.
struct CoefficientTransformation {
  /// p numbers, 0 where the prior has mean 0.
  let means: [Double]
  /// p numbers, 1 where the prior has the SD of all others.
  let scales: [Double]

  /// nil where all fixed effects have one prior.
  init?(_ model: PoissonMixedModel) {
    let own = model.priors.coefficients
    guard !own.isEmpty else { return nil }
    means = model.fixedNames.map { own[$0]?.mean ?? 0 }
    scales = model.fixedNames.map {
      (own[$0]?.standardDeviation ?? model.priors.fixedEffectSD) / model.priors.fixedEffectSD
    }
  }

  /// M with b = means + M b*.
  var matrix: Matrix { Matrix(diagonal: scales) }
}

extension PoissonMixedModel {
  /// The same model in the effects b*.
  init(_ model: PoissonMixedModel, transformedBy transformation: CoefficientTransformation) {
    let rows = model.rowCount
    let fixed = DoubleStorage(count: model.data.fixedDesign.count)
    let offset = DoubleStorage(model.data.offset.array)
    for (c, (mean, scale)) in zip(transformation.means, transformation.scales).enumerated() {
      for row in 0..<rows {
        let value = model.data.fixedDesign.pointer[c * rows + row]
        offset.pointer[row] += mean * value
        fixed.pointer[c * rows + row] = scale * value
      }
    }
    let general = model.design.map { design in
      var offset = design.offset
      for (mean, column) in zip(transformation.means, design.fixed) where mean != 0 {
        for row in offset.indices { offset[row] += mean * column[row] }
      }
      return DesignData(
        design,
        fixed: zip(transformation.scales, design.fixed).map { scale, column in
          column.map { scale * $0 }
        }, offset: offset)
    }
    self.init(
      model, data: ModelData(model.data, fixedDesign: fixed, offset: offset), design: general,
      dependentColumns: model.dependentColumns)
  }
}
