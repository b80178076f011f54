// swift-tools-version: 6.0
import PackageDescription

let package = Package(
  name: "benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "glmm-poisson", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
  ],
  targets: [
    .target(name: "CBenchmark"),
    .executableTarget(
      name: "benchmark",
      dependencies: [
        "CBenchmark",
        .product(name: "PoissonGLMM", package: "glmm-poisson"),
        .product(name: "SimulationStudy", package: "glmm-poisson"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
  ],
  swiftLanguageModes: [.v6]
)
