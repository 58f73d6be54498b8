"""What people want, take, pay, and whether they stay: choice, menus, response, buying, renewal."""
