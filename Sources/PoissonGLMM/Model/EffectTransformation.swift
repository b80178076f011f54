/// Fixed effects b, which are reported, as a linear function of effects b* that all have the prior
/// N(0, fixedEffectSD^2):
///
///     b = means + M b*
protocol EffectTransformation: Sendable {
  /// p numbers.
  var means: [Double] { get }
  /// M, p x p.
  var matrix: Matrix { get }
  /// M^-1 of a difference of two b.
  func inverse(_ difference: [Double]) -> [Double]
  /// The same model in the effects b*.
  func transformed(_ model: PoissonMixedModel) -> PoissonMixedModel
}

extension PoissonMixedModel {
  /// The same model with other columns of the fixed effects.
  /// - Parameters:
  ///   - knownEffects: effects of the columns as they are, p numbers, that are known: they move to
  ///     the offset.
  ///   - column: the new value of column c in place of x.
  init(
    _ model: PoissonMixedModel, knownEffects: [Double],
    column: (_ c: Int, _ x: Double) -> Double
  ) {
    let rows = model.rowCount
    let design = DoubleStorage(count: model.data.fixedDesign.count)
    let offset = DoubleStorage(model.data.offset.array)
    for (c, effect) in knownEffects.enumerated() {
      for row in 0..<rows {
        let value = model.data.fixedDesign.pointer[c * rows + row]
        if effect != 0 { offset.pointer[row] += effect * value }
        design.pointer[c * rows + row] = column(c, value)
      }
    }
    let general = model.design.map { data in
      var offset = data.offset
      for (effect, column) in zip(knownEffects, data.fixed) where effect != 0 {
        for row in offset.indices { offset[row] += effect * column[row] }
      }
      return DesignData(
        data,
        fixed: data.fixed.enumerated().map { c, values in values.map { column(c, $0) } },
        offset: offset)
    }
    let columns = model.fixedNames.enumerated().map { c, name in
      DesignColumn(
        name: name,
        values: Array(UnsafeBufferPointer(start: design.pointer + c * rows, count: rows)))
    }
    self.init(
      model, data: ModelData(model.data, fixedDesign: design, offset: offset), design: general,
      dependentColumns: DesignDiagnostics.dependentColumns(columns))
  }
}
