"""What mail is: frozen values and pure rules."""
