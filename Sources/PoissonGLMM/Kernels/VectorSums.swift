// Vectors of eight numbers for long columns, of two and four for the rows of a small group.

@inline(__always)
func load(_ address: UnsafePointer<Double>) -> SIMD8<Double> {
  UnsafeRawPointer(address).loadUnaligned(as: SIMD8<Double>.self)
}

@inline(__always)
func load(_ address: UnsafeMutablePointer<Double>) -> SIMD8<Double> {
  UnsafeRawPointer(address).loadUnaligned(as: SIMD8<Double>.self)
}

@inline(__always)
func store(_ value: SIMD8<Double>, to address: UnsafeMutablePointer<Double>) {
  UnsafeMutableRawPointer(address).storeBytes(of: value, as: SIMD8<Double>.self)
}

@inline(__always)
func sumOfLanes(_ v: SIMD8<Double>) -> Double {
  let four = v.lowHalf + v.highHalf
  let two = four.lowHalf + four.highHalf
  return two[0] + two[1]
}

/// sum_i a_i, in four running sums.
@inline(__always)
func sum(_ a: UnsafePointer<Double>, _ count: Int) -> Double {
  let raw = UnsafeRawPointer(a)
  let stride = MemoryLayout<Double>.stride
  var sums = SIMD4<Double>.zero
  var i = 0
  while i &+ 4 <= count {
    sums += raw.loadUnaligned(fromByteOffset: i &* stride, as: SIMD4<Double>.self)
    i &+= 4
  }
  var total = (sums[0] + sums[2]) + (sums[1] + sums[3])
  while i < count {
    total += a[i]
    i &+= 1
  }
  return total
}

/// sum_i a_i b_i, in eight running sums.
@inline(__always)
func dotProduct(_ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ count: Int) -> Double {
  let (rawA, rawB) = (UnsafeRawPointer(a), UnsafeRawPointer(b))
  let stride = MemoryLayout<Double>.stride
  var sums = SIMD8<Double>.zero
  var i = 0
  while i &+ 8 <= count {
    sums +=
      rawA.loadUnaligned(fromByteOffset: i &* stride, as: SIMD8<Double>.self)
      * rawB.loadUnaligned(fromByteOffset: i &* stride, as: SIMD8<Double>.self)
    i &+= 8
  }
  var sum = sums.sum()
  while i < count {
    sum += a[i] * b[i]
    i &+= 1
  }
  return sum
}

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
