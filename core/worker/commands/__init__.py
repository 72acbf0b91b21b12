"""What ``syncohort-cli`` does, one module for each command."""
