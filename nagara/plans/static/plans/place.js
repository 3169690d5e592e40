// The two coordinates take a pair pasted into the first of them, as maps give it: "12.6814, 101.2780".
const latitude = document.querySelector("[name=latitude]");
const longitude = document.querySelector("[name=longitude]");
if (latitude && longitude) {
  latitude.addEventListener("paste", (event) => {
    const pair = (event.clipboardData?.getData("text") ?? "").match(/^\s*(-?\d+\.\d+)\s*[,;\s]\s*(-?\d+\.\d+)\s*$/);
    if (!pair) return;
    event.preventDefault();
    [latitude.value, longitude.value] = [pair[1], pair[2]];
  });
}
