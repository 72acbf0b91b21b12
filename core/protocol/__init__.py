"""The joint computation: secret shares in, noisy totals out, nothing else opened."""
