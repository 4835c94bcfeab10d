// Structural similarity (SSIM) of two planes of one size, in whole numbers: LIP-8, "Similarity".
#ifndef PIXELS_SIMILARITY_H
#define PIXELS_SIMILARITY_H

#include "frames.h"

// {1} The side of a block; four of them are a window.
#define BLOCK 4u
// The constants of Wang et al. for samples of eight bits, in the scale of a window's sums: (0.01 × 255)² × 64 and (0.03 × 255)² × 64 × 63.
#define STABILISE_MEANS 416
#define STABILISE_VARIANCES 235963
// {1} What two windows that are alike have.
#define ALIKE 32768u

// Over the samples of both planes in a block or window.
struct moments {
  uint32_t a, b, squares, product;
};

static inline void addSample(struct moments *moments, uint32_t a, uint32_t b) {
  moments->a += a;
  moments->b += b;
  moments->squares += a * a + b * b;
  moments->product += a * b;
}

static struct moments momentsOf(const uint8_t *a, uint32_t aStride, const uint8_t *b, uint32_t bStride) {
  struct moments moments = {0, 0, 0, 0};
  for (uint32_t y = 0; y < BLOCK; y += 1, a += aStride, b += bStride) {
    addSample(&moments, a[0], b[0]);
    addSample(&moments, a[1], b[1]);
    addSample(&moments, a[2], b[2]);
    addSample(&moments, a[3], b[3]);
  }
  return moments;
}

static inline void addMoments(struct moments *sum, const struct moments *more) {
  sum->a += more->a;
  sum->b += more->b;
  sum->squares += more->squares;
  sum->product += more->product;
}

// {2^-15} Of a fraction that is at most 1, rounded down.
static inline uint32_t fractionOf(uint32_t numerator, uint32_t denominator) {
  return (uint32_t)((uint64_t)numerator * ALIKE / denominator);
}

// {2^-15} Each quotient, and their product, is rounded towards zero. All sums are below 2^30.
static int32_t similarityOf(const struct moments *window) {
  uint32_t means = window->a * window->b, squaredMeans = window->a * window->a + window->b * window->b;
  int32_t covariance = (int32_t)(64 * window->product - means);
  uint32_t variances = 64 * window->squares - squaredMeans + STABILISE_VARIANCES;
  int32_t structure = 2 * covariance + STABILISE_VARIANCES;
  uint32_t luminance = fractionOf(2 * means + STABILISE_MEANS, squaredMeans + STABILISE_MEANS);
  uint32_t size = fractionOf((uint32_t)(structure < 0 ? -structure : structure), variances) * luminance / ALIKE;
  return structure < 0 ? -(int32_t)size : (int32_t)size;
}

// {1} Windows of a plane.
static inline uint32_t windowsOf(uint32_t width, uint32_t height) { return (width / BLOCK - 1) * (height / BLOCK - 1); }

// {2^-15} The sum over all windows of a plane, and samples without bytes between their rows.
// `blocks` is room for two rows of blocks.
static int64_t similarityOfPlane(const struct plane *plane, const uint8_t *other, struct moments *blocks) {
  uint32_t across = plane->width / BLOCK, down = plane->height / BLOCK;
  struct moments *above = blocks, *here = blocks + across;
  int64_t sum = 0;
  for (uint32_t y = 0; y < down; y += 1) {
    const uint8_t *a = plane->samples + BLOCK * y * plane->stride, *b = other + BLOCK * y * plane->width;
    for (uint32_t x = 0; x < across; x += 1, a += BLOCK, b += BLOCK) {
      here[x] = momentsOf(a, plane->stride, b, plane->width);
      if (x == 0 || y == 0) continue;
      struct moments window = here[x];
      addMoments(&window, &here[x - 1]);
      addMoments(&window, &above[x]);
      addMoments(&window, &above[x - 1]);
      sum += similarityOf(&window);
    }
    struct moments *done = above;
    above = here;
    here = done;
  }
  return sum;
}

#endif
