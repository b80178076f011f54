/// The components of a joint posterior as bytes.
extension Posterior {
  func write(to writer: inout ByteWriter) {
    writer.write(components) { writer, component in
      writer.write(component.weight)
      component.gaussian.write(to: &writer)
      writer.write(Array(component.fixedSkewness.prefix(component.gaussian.fixedMean.count)))
    }
  }

  /// A posterior that is asked for draws and predictions only: it has no distributions of log SDs
  /// and correlations of their own, and no moments of random effects over all components.
  init(from reader: inout ByteReader) throws(ByteReader.Damage) {
    let components = try reader.readList { (reader) throws(ByteReader.Damage) in
      Component(
        weight: try reader.readDouble(), gaussian: try GaussianPosterior(from: &reader),
        fixedSkewness: try reader.readDoubles())
    }
    let p = components.first?.gaussian.fixedMean.count
    guard let p,
      components.allSatisfy({
        $0.gaussian.fixedMean.count == p && [0, p].contains($0.fixedSkewness.count)
      })
    else { throw ByteReader.Damage() }
    self.init(components: components, logSDs: [], randomMean: [], randomVariance: [])
  }
}

extension GaussianPosterior {
  fileprivate func write(to writer: inout ByteWriter) {
    for values in [
      logSDMean, logSDVariance, correlationMean, correlationVariance, familyMean,
      familyVariance, fixedMean, fixedCovariance.elements, randomMean, randomVariance, rowWeights,
    ] {
      writer.write(values)
    }
    writer.write(Self.sources.firstIndex(of: covarianceSource) ?? 0)
  }

  /// By the numbers that stand for them in files.
  private static let sources: [CovarianceSource] = [.independent, .bound, .linearResponse]

  fileprivate init(from reader: inout ByteReader) throws(ByteReader.Damage) {
    let (logSDMean, logSDVariance) = (try reader.readDoubles(), try reader.readDoubles())
    let (mean, variance) = (try reader.readDoubles(), try reader.readDoubles())
    let (familyMean, familyVariance) = (try reader.readDoubles(), try reader.readDoubles())
    let (fixedMean, covariance) = (try reader.readDoubles(), try reader.readDoubles())
    let (randomMean, randomVariance) = (try reader.readDoubles(), try reader.readDoubles())
    let rowWeights = try reader.readDoubles()
    let source = try reader.readInt()
    guard logSDMean.count == logSDVariance.count, mean.count == variance.count,
      familyMean.count == familyVariance.count,
      covariance.count == fixedMean.count * fixedMean.count,
      randomMean.count == randomVariance.count, Self.sources.indices.contains(source)
    else { throw ByteReader.Damage() }
    self.init(
      logSDMean: logSDMean, logSDVariance: logSDVariance, fixedMean: fixedMean,
      fixedCovariance: Matrix(order: fixedMean.count, elements: covariance),
      randomMean: randomMean, randomVariance: randomVariance,
      covarianceSource: Self.sources[source])
    correlationMean = mean
    correlationVariance = variance
    self.familyMean = familyMean
    self.familyVariance = familyVariance
    self.rowWeights = rowWeights
  }
}
