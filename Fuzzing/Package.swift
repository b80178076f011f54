// swift-tools-version: 6.0
import PackageDescription

// What `make fuzz` builds, with flags that no other build has: see scripts/fuzz.
let package = Package(
  name: "fuzzing",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "glmm-poisson", path: "..")],
  targets: [
    .executableTarget(
      name: "fuzz",
      dependencies: [
        .product(name: "Calculator", package: "glmm-poisson"),
        .product(name: "PoissonGLMM", package: "glmm-poisson"),
        .product(name: "SimulationStudy", package: "glmm-poisson"),
      ])
  ],
  swiftLanguageModes: [.v6]
)
