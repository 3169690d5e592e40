/* Says so on the page when a passkey was not used; hides its buttons where the browser has none. */
document.addEventListener("allauth.error", function (event) {
  var fault = document.getElementById("passkey-fault");
  if (!fault) return;
  event.preventDefault();
  fault.hidden = false;
  fault.scrollIntoView({ block: "nearest" });
});
if (!window.PublicKeyCredential) {
  document.querySelectorAll("[data-passkey]").forEach(function (element) { element.hidden = true; });
}
