/// The linear predictor of a model without random effects, o + x'b.
struct RegressionPredictor: LinearPredictorSource {
  let components: [Posterior.Component]

  func forEach(
    _ indices: ArraySlice<Int>, of rows: PredictionRows, until limit: FitLimit?,
    _ body: (_ row: Int, _ normals: [PredictorNormal]) -> Void
  ) {
    for row in indices {
      if limit?.isReached == true { return }
      let x = rows.fixed.map { $0[row] }
      let normals = components.map { component -> PredictorNormal in
        let gaussian = component.gaussian
        let mean = zip(x, gaussian.fixedMean).reduce(rows.offset?[row] ?? 0) { $0 + $1.0 * $1.1 }
        return (component.weight, mean, gaussian.fixedCovariance.quadraticForm(x))
      }
      body(row, normals)
    }
  }
}
