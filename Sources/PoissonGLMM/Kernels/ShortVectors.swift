/// Vectors of two and four numbers, for the rows of a small group.

@inline(__always)
func loadTwo(_ address: UnsafePointer<Double>) -> SIMD2<Double> {
  UnsafeRawPointer(address).loadUnaligned(as: SIMD2<Double>.self)
}

@inline(__always)
func loadFour(_ address: UnsafePointer<Double>) -> SIMD4<Double> {
  UnsafeRawPointer(address).loadUnaligned(as: SIMD4<Double>.self)
}

@inline(__always)
func storeFour(_ value: SIMD4<Double>, to address: UnsafeMutablePointer<Double>) {
  UnsafeMutableRawPointer(address).storeBytes(of: value, as: SIMD4<Double>.self)
}

/// sum_i a_i x_i and sum_i a_i y_i, in two running sums each.
@inline(__always)
func twoProducts(
  _ a: UnsafePointer<Double>, _ x: UnsafePointer<Double>, _ y: UnsafePointer<Double>, _ count: Int
) -> (Double, Double) {
  var (one, two) = (SIMD2<Double>.zero, SIMD2<Double>.zero)
  let whole = count &- count % 2
  for i in stride(from: 0, to: whole, by: 2) {
    let factor = loadTwo(a + i)
    one += factor * loadTwo(x + i)
    two += factor * loadTwo(y + i)
  }
  if whole < count {
    one[0] += a[whole] * x[whole]
    two[0] += a[whole] * y[whole]
  }
  return (one[0] + one[1], two[0] + two[1])
}
