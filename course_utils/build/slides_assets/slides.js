// Starts reveal.js, and makes sure that every slide fits: one that is too tall is made smaller, and scrolls
// when smaller would be too small to read.
"use strict";

const HEIGHT = 720;
const SMALLEST = 0.65;

function fit(slide) {
  if (!slide || slide.querySelector(":scope > section")) return;
  slide.style.zoom = "";
  slide.style.height = "";
  slide.classList.remove("scrolls");
  slide.removeAttribute("tabindex");
  slide.querySelectorAll("math[display=block]").forEach(narrow);
  let scale = 1;
  while (slide.offsetHeight * scale > HEIGHT && scale > SMALLEST) {
    scale = Math.max(SMALLEST, scale - 0.05);
    slide.style.zoom = scale;
  }
  if (slide.offsetHeight * scale > HEIGHT) {
    slide.style.height = `${HEIGHT / scale}px`;
    slide.classList.add("scrolls");
    slide.tabIndex = 0; // so that the keyboard scrolls it
  }
}

function narrow(formula) {
  for (let size = 1.15; formula.scrollWidth > formula.clientWidth && size > 0.6; size -= 0.05) {
    formula.style.fontSize = `${size}em`;
  }
}

Reveal.initialize({
  width: 1280,
  height: HEIGHT,
  margin: 0,
  center: false,
  hash: true,
  slideNumber: "c/t",
  transition: "none",
  plugins: [RevealNotes],
}).then(() => {
  fit(Reveal.getCurrentSlide());
  Reveal.on("slidechanged", (event) => fit(event.currentSlide));
  document.addEventListener("toggle", () => fit(Reveal.getCurrentSlide()), true);
});
