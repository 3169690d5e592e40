// A phone offers its camera first; a desk computer ignores this and offers files.
for (const input of document.querySelectorAll("[data-camera] input[type=file]")) {
  if (matchMedia("(pointer: coarse)").matches) input.setAttribute("capture", "environment");
}
